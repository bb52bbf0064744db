#pragma once

#include <tinyres/networks/networks.hpp>

/// The networks by the names that users give: each a template over its input and the number of its outputs, which are
/// logits. The build reads names and types from the lines that begin with "using".
namespace example::networks {

namespace tr = tinyres;

// clang-format off
template <class Input, int Classes>
using s10 = tr::S10Logits<Input, Classes>;
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
