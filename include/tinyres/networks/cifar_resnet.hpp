#pragma once

#include "tinyres/networks/resnet.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace resnet {

/// He et al.'s ResNets for CIFAR: three stages of `Blocks` blocks, 6 * Blocks + 2 layers with weights. Where the shape
/// changes, the shortcut is a projection (option B), of which a type has all to say and which most implementations in
/// PyTorch have; the paper's own results are with option A, a subsampling that fills up with channels of zeros.
template <class Input, int Classes, int Width, int Blocks>
using OfCifar = typename OfBasic<Input, Classes, CifarStem<Width>, Width, Blocks, Blocks, Blocks>::type;

} // namespace resnet

/// ResNet-20 for CIFAR; `Width` is the number of channels of the first stage. The names in state dicts are
/// torchvision's (`layer1.0.conv1`, `layer2.0.downsample.0`, `fc`), which are those of pytorch-cifar-models'
/// `cifar10_resnet20`.
template <class Input = Image<3, 32, 32>, int Classes = 10, int Width = 16>
struct ResNet20 : resnet::OfCifar<Input, Classes, Width, 3> {};
static_assert(parameter_count<ResNet20<>> == 272'474);

template <class Input, int Classes, int Width>
inline constexpr auto module_names<ResNet20<Input, Classes, Width>> = resnet::basic_names;

/// ResNet-32 for CIFAR.
template <class Input = Image<3, 32, 32>, int Classes = 10, int Width = 16>
struct ResNet32 : resnet::OfCifar<Input, Classes, Width, 5> {};
static_assert(parameter_count<ResNet32<>> == 466'906);

template <class Input, int Classes, int Width>
inline constexpr auto module_names<ResNet32<Input, Classes, Width>> = resnet::basic_names;

/// ResNet-56 for CIFAR.
template <class Input = Image<3, 32, 32>, int Classes = 10, int Width = 16>
struct ResNet56 : resnet::OfCifar<Input, Classes, Width, 9> {};
static_assert(parameter_count<ResNet56<>> == 855'770);

template <class Input, int Classes, int Width>
inline constexpr auto module_names<ResNet56<Input, Classes, Width>> = resnet::basic_names;

} // namespace TINYRES_ARCH
} // namespace tinyres
