#pragma once

#include "tinyres/layers/layers.hpp"
#include "tinyres/networks/repeated.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace densenet {

/// Adds `Growth` channels to those that it gets: a 1x1 convolution to four times as many, then a 3x3 one.
template <int Growth>
using DenseLayer =
    Concat<Identity,
           Sequential<BatchNorm, ReLU, Conv1x1<4 * Growth, Bias::no>, BatchNorm, ReLU, Conv3x3<Growth, Bias::no>>>;

template <int Count, int Growth>
using DenseBlock = Repeated<Count, DenseLayer<Growth>>;

/// Half the channels, half the height and width.
template <int Channels>
using Transition = Sequential<BatchNorm, ReLU, Conv1x1<Channels, Bias::no>, AvgPool<2>>;

template <class Input, int Classes>
using Of121 = Network<Input, Sequential<Conv<64, 7, 2, 3, 1, Bias::no>, BatchNorm, ReLU, MaxPool<3, 2, 1>>, //
                      Sequential<Sequential<DenseBlock<6, 32>, Transition<128>>,                            //
                                 Sequential<DenseBlock<12, 32>, Transition<256>>,                           //
                                 Sequential<DenseBlock<24, 32>, Transition<512>>,                           //
                                 Sequential<DenseBlock<16, 32>, BatchNorm>>,                                //
                      ReLU, GlobalAvgPool, Flatten, Linear<Classes>>;

} // namespace densenet

/// torchvision's `densenet121`. Images with sides from 32 on.
/// Huang et al., "Densely connected convolutional networks" (2016).
template <class Input = Image<3, 224, 224>, int Classes = 1000>
struct DenseNet121 : densenet::Of121<Input, Classes> {};
static_assert(parameter_count<DenseNet121<>> == 7'978'856);

/// torchvision's.
template <class Input, int Classes>
inline constexpr std::array<ModuleName, 10> module_names<DenseNet121<Input, Classes>>{{
    {"0.0", "features.conv0"},
    {"0.1", "features.norm0"},
    {"1.*.0.*.1.0", "features.denseblock#.denselayer#.norm1"},
    {"1.*.0.*.1.2", "features.denseblock#.denselayer#.conv1"},
    {"1.*.0.*.1.3", "features.denseblock#.denselayer#.norm2"},
    {"1.*.0.*.1.5", "features.denseblock#.denselayer#.conv2"},
    {"1.*.1.0", "features.transition#.norm"},
    {"1.*.1.2", "features.transition#.conv"},
    {"1.3.1", "features.norm5"},
    {"5", "classifier"},
}};

} // namespace TINYRES_ARCH
} // namespace tinyres
