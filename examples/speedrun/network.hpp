#pragma once

#include <array>
#include <tinyres/layers/layers.hpp>
#include <tinyres/model/initialize.hpp>

namespace example {

namespace tr = tinyres;

namespace speedrun {

/// PyTorch's BatchNorm2d(eps=1e-12, momentum=0.4) without a weight.
using Norm = tr::BatchNormWith<tr::Momentum<4, 10>, tr::Epsilon<1, 1'000'000'000'000>, tr::WithoutScale>;

/// Two convolutions, the first one with the image halved behind it.
template <int Channels>
using Group = tr::Sequential<tr::Conv3x3<Channels, tr::Bias::no>, tr::MaxPool<2>, Norm, tr::GELU<>,
                             tr::Conv3x3<Channels, tr::Bias::no>, Norm, tr::GELU<>>;

} // namespace speedrun

/// airbench94's network (K. Jordan, 2024), 1,969,240 parameters. The first layer has room for the 12 directions of a
/// 2x2 patch of colors and for their negatives.
using SpeedrunNet = tr::Network<  //  channels x height x width
    tr::Image<3, 32, 32>,         //     3 x 32 x 32
    tr::Conv<24, 2>, tr::GELU<>,  //    24 x 31 x 31
    speedrun::Group<64>,          //    64 x 15 x 15
    speedrun::Group<256>,         //   256 x  7 x  7
    speedrun::Group<256>,         //   256 x  3 x  3
    tr::MaxPool<3>, tr::Flatten,  //   256
    tr::Linear<10, tr::Bias::no>, //
    tr::ScaleBy<1, 256>>;         // 10 logits

/// How its weights begin.
using SpeedrunStart = tr::UnitLinear<tr::Dirac<>>;

} // namespace example

namespace tinyres {
inline namespace TINYRES_ARCH {

template <>
inline constexpr std::array<ModuleName, 14> module_names<example::SpeedrunNet>{{
    {"0", "whiten"},
    {"2.0", "group1.conv1"},
    {"2.2", "group1.norm1"},
    {"2.4", "group1.conv2"},
    {"2.5", "group1.norm2"},
    {"3.0", "group2.conv1"},
    {"3.2", "group2.norm1"},
    {"3.4", "group2.conv2"},
    {"3.5", "group2.norm2"},
    {"4.0", "group3.conv1"},
    {"4.2", "group3.norm1"},
    {"4.4", "group3.conv2"},
    {"4.5", "group3.norm2"},
    {"7", "head"},
}};

} // namespace TINYRES_ARCH
} // namespace tinyres
