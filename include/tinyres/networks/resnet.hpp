#pragma once

#include "tinyres/layers/layers.hpp"
#include "tinyres/networks/repeated.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace resnet {

/// Two 3x3 convolutions beside a shortcut.
template <int Channels, int Stride, class Shortcut>
using Basic = Sequential<Residual<Sequential<Conv<Channels, 3, Stride, 1, 1, Bias::no>, BatchNorm, ReLU,
                                             Conv3x3<Channels, Bias::no>, BatchNorm>,
                                  Shortcut>,
                         ReLU>;

/// A 3x3 convolution of a quarter of the channels, with 1x1 convolutions around it. It is the 3x3 one that takes the
/// stride, as in torchvision ("ResNet v1.5"); in the paper it is the one before.
template <int Channels, int Stride, class Shortcut>
using Bottleneck = Sequential<
    Residual<Sequential<Conv1x1<Channels / 4, Bias::no>, BatchNorm, ReLU, Conv<Channels / 4, 3, Stride, 1, 1, Bias::no>,
                        BatchNorm, ReLU, Conv1x1<Channels, Bias::no>, BatchNorm>,
             Shortcut>,
    ReLU>;

/// The shortcut where a block changes the shape: He et al.'s option B.
template <int Channels, int Stride>
using Projection = Sequential<Conv<Channels, 1, Stride, 0, 1, Bias::no>, BatchNorm>;

template <int Count, int Channels, int Stride>
using BasicStage = Repeated<Count, Basic<Channels, Stride, Projection<Channels, Stride>>, Basic<Channels, 1, Identity>>;

/// The first stage of basic blocks keeps the stem's shape, so its first block needs no projection.
template <int Count, int Channels>
using FirstBasicStage = Repeated<Count, Basic<Channels, 1, Identity>>;

template <int Count, int Channels, int Stride>
using BottleneckStage =
    Repeated<Count, Bottleneck<Channels, Stride, Projection<Channels, Stride>>, Bottleneck<Channels, 1, Identity>>;

/// 7x7 convolution and pooling: a quarter of the height and width.
template <int Width>
using ImageNetStem = Sequential<Conv<Width, 7, 2, 3, 1, Bias::no>, BatchNorm, ReLU, MaxPool<3, 2, 1>>;

/// For small images: a 3x3 convolution that keeps height and width.
template <int Width>
using CifarStem = Sequential<Conv3x3<Width, Bias::no>, BatchNorm, ReLU>;

template <class Input, int Classes, class Stem, class... Stages>
using Of = Network<Input, Stem, Sequential<Stages...>, GlobalAvgPool, Flatten, Linear<Classes>>;

/// A network of three or four stages of basic blocks, each twice as wide as the one before.
template <class Input, int Classes, class Stem, int Width, int... Counts>
struct OfBasic;
/// Four stages.
template <class Input, int Classes, class Stem, int Width, int A, int B, int C, int D>
struct OfBasic<Input, Classes, Stem, Width, A, B, C, D> {
    using type = Of<Input, Classes, Stem, FirstBasicStage<A, Width>, BasicStage<B, 2 * Width, 2>,
                    BasicStage<C, 4 * Width, 2>, BasicStage<D, 8 * Width, 2>>;
};
/// Three stages.
template <class Input, int Classes, class Stem, int Width, int A, int B, int C>
struct OfBasic<Input, Classes, Stem, Width, A, B, C> {
    using type =
        Of<Input, Classes, Stem, FirstBasicStage<A, Width>, BasicStage<B, 2 * Width, 2>, BasicStage<C, 4 * Width, 2>>;
};

/// torchvision's names.
inline constexpr std::array<ModuleName, 8> basic_names{{
    {"0.0", "conv1"},
    {"0.1", "bn1"},
    {"1.*.*.0.body.0", "layer#.*.conv1"},
    {"1.*.*.0.body.1", "layer#.*.bn1"},
    {"1.*.*.0.body.3", "layer#.*.conv2"},
    {"1.*.*.0.body.4", "layer#.*.bn2"},
    {"1.*.*.0.shortcut", "layer#.*.downsample"},
    {"4", "fc"},
}};
inline constexpr std::array<ModuleName, 10> bottleneck_names{{
    {"0.0", "conv1"},
    {"0.1", "bn1"},
    {"1.*.*.0.body.0", "layer#.*.conv1"},
    {"1.*.*.0.body.1", "layer#.*.bn1"},
    {"1.*.*.0.body.3", "layer#.*.conv2"},
    {"1.*.*.0.body.4", "layer#.*.bn2"},
    {"1.*.*.0.body.6", "layer#.*.conv3"},
    {"1.*.*.0.body.7", "layer#.*.bn3"},
    {"1.*.*.0.shortcut", "layer#.*.downsample"},
    {"4", "fc"},
}};

} // namespace resnet

/// torchvision's `resnet18`; `Width` is the number of channels of the first stage. Images of any size.
/// He et al., "Deep residual learning for image recognition" (2015).
template <class Input = Image<3, 224, 224>, int Classes = 1000, int Width = 64>
struct ResNet18 : resnet::OfBasic<Input, Classes, resnet::ImageNetStem<Width>, Width, 2, 2, 2, 2>::type {};
static_assert(parameter_count<ResNet18<>> == 11'689'512);

template <class Input, int Classes, int Width>
inline constexpr auto module_names<ResNet18<Input, Classes, Width>> = resnet::basic_names;

/// ResNet18 for small images: the first convolution is 3x3 and keeps height and width, and no pooling follows it. In
/// PyTorch: torchvision's, with `conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)` and `maxpool = nn.Identity()`.
template <class Input = Image<3, 32, 32>, int Classes = 10, int Width = 64>
struct CifarResNet18 : resnet::OfBasic<Input, Classes, resnet::CifarStem<Width>, Width, 2, 2, 2, 2>::type {};
static_assert(parameter_count<CifarResNet18<>> == 11'173'962);

template <class Input, int Classes, int Width>
inline constexpr auto module_names<CifarResNet18<Input, Classes, Width>> = resnet::basic_names;

/// torchvision's `resnet34`.
template <class Input = Image<3, 224, 224>, int Classes = 1000, int Width = 64>
struct ResNet34 : resnet::OfBasic<Input, Classes, resnet::ImageNetStem<Width>, Width, 3, 4, 6, 3>::type {};
static_assert(parameter_count<ResNet34<>> == 21'797'672);

template <class Input, int Classes, int Width>
inline constexpr auto module_names<ResNet34<Input, Classes, Width>> = resnet::basic_names;

/// torchvision's `resnet50`.
template <class Input = Image<3, 224, 224>, int Classes = 1000, int Width = 64>
struct ResNet50 : resnet::Of<Input, Classes, resnet::ImageNetStem<Width>, resnet::BottleneckStage<3, 4 * Width, 1>,
                             resnet::BottleneckStage<4, 8 * Width, 2>, resnet::BottleneckStage<6, 16 * Width, 2>,
                             resnet::BottleneckStage<3, 32 * Width, 2>> {};
static_assert(parameter_count<ResNet50<>> == 25'557'032);

template <class Input, int Classes, int Width>
inline constexpr auto module_names<ResNet50<Input, Classes, Width>> = resnet::bottleneck_names;

} // namespace TINYRES_ARCH
} // namespace tinyres
