#pragma once

#include <tinyres/networks/networks.hpp>

/// The networks by the names that users give: each a template over its input and the number of its outputs, which are
/// logits. The build reads the names from the lines that begin with "using".
namespace example::networks {

namespace tr = tinyres;

/// tinyres::S10Network for images of any size from 32 pixels on and any number of classes, without LogSoftmax; the
/// names and shapes of its tensors are the same.
template <class Input, int Classes>
struct S10Logits : tr::Network<Input, tr::s10::ConvBlock<64, tr::BatchNorm, tr::Dropout2d<1>>,
                               tr::s10::DownBlock<128, tr::BatchNorm, tr::Dropout2d<1>>,
                               tr::s10::Residual<128, tr::BatchNorm, tr::Dropout2d<1>>,
                               tr::s10::DownBlock<256, tr::BatchNorm, tr::Dropout2d<1>>,
                               tr::s10::DownBlock<512, tr::BatchNorm, tr::Dropout2d<1>>,
                               tr::s10::Residual<512, tr::BatchNorm, tr::Dropout2d<1>>, tr::MaxPool<4>, tr::Flatten,
                               tr::Linear<Classes>> {};

// clang-format off
template <class Input, int Classes>
using s10 = S10Logits<Input, Classes>;
template <class Input, int Classes>
using resnet9 = tr::ResNet9<Input, Classes>;
template <class Input, int Classes>
using resnet20 = tr::ResNet20<Input, Classes>;
template <class Input, int Classes>
using resnet32 = tr::ResNet32<Input, Classes>;
template <class Input, int Classes>
using resnet56 = tr::ResNet56<Input, Classes>;
template <class Input, int Classes>
using cifar_resnet18 = tr::CifarResNet18<Input, Classes>;
template <class Input, int Classes>
using resnet18 = tr::ResNet18<Input, Classes>;
template <class Input, int Classes>
using resnet34 = tr::ResNet34<Input, Classes>;
template <class Input, int Classes>
using resnet50 = tr::ResNet50<Input, Classes>;
template <class Input, int Classes>
using mobilenet_v2 = tr::MobileNetV2<Input, Classes>;
template <class Input, int Classes>
using densenet121 = tr::DenseNet121<Input, Classes>;
template <class Input, int Classes>
using vgg11_bn = tr::Vgg11Bn<Input, Classes>;
// clang-format on

} // namespace example::networks

template <class Input, int Classes>
inline constexpr auto tinyres::module_names<example::networks::S10Logits<Input, Classes>> =
    tinyres::module_names<tinyres::S10>;
