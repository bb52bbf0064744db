#pragma once

#include "tinyres/layers/layers.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace resnet9 {

template <int Channels>
using ConvBlock = Sequential<Conv3x3<Channels, Bias::no>, BatchNorm, ReLU>;
template <int Channels>
using PooledBlock = Sequential<Conv3x3<Channels, Bias::no>, BatchNorm, ReLU, MaxPool<2>>;
template <int Channels>
using TwoBlocks = ResBlock<ConvBlock<Channels>, ConvBlock<Channels>>;

template <class Input, int Classes, int Width>
using Of = Network<Input, ConvBlock<Width>,                      //
                   PooledBlock<2 * Width>, TwoBlocks<2 * Width>, //
                   PooledBlock<4 * Width>,                       //
                   PooledBlock<8 * Width>, TwoBlocks<8 * Width>, //
                   MaxPool<4>, Flatten, Linear<Classes, Bias::no>>;

} // namespace resnet9

/// The ResNet-9 of cifar10-fast (D. Page, "How to train your ResNet", 2018); `Width` is the number of channels of the
/// first convolution. S10 is a relative of it. Images of 32 to 63 pixels a side.
/// cifar10-fast multiplies the last layer's outputs by 1/8. There is no layer for that: multiply the `linear.weight` of
/// its state dicts by it, which gives the same outputs.
template <class Input = Image<3, 32, 32>, int Classes = 10, int Width = 64>
struct ResNet9 : resnet9::Of<Input, Classes, Width> {};
static_assert(parameter_count<ResNet9<>> == 6'573'120);

/// The names in cifar10-fast's state dicts, which has no dots in the names of modules.
template <class Input, int Classes, int Width>
inline constexpr std::array<ModuleName, 17> module_names<ResNet9<Input, Classes, Width>>{{
    {"0.0", "prep_conv"},
    {"0.1", "prep_bn"},
    {"1.0", "layer1_conv"},
    {"1.1", "layer1_bn"},
    {"2.0.0", "layer1_residual_res1_conv"},
    {"2.0.1", "layer1_residual_res1_bn"},
    {"2.1.0", "layer1_residual_res2_conv"},
    {"2.1.1", "layer1_residual_res2_bn"},
    {"3.0", "layer2_conv"},
    {"3.1", "layer2_bn"},
    {"4.0", "layer3_conv"},
    {"4.1", "layer3_bn"},
    {"5.0.0", "layer3_residual_res1_conv"},
    {"5.0.1", "layer3_residual_res1_bn"},
    {"5.1.0", "layer3_residual_res2_conv"},
    {"5.1.1", "layer3_residual_res2_bn"},
    {"8", "linear"},
}};

} // namespace TINYRES_ARCH
} // namespace tinyres
