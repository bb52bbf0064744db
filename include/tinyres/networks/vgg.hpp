#pragma once

#include "tinyres/layers/layers.hpp"

#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace vgg {

/// torchvision pools what the convolutions give to 7 x 7 pixels (`AdaptiveAvgPool2d(7)`): of 224 x 224 pixels they give
/// just that, of a multiple of it windows of one size.
template <class Input>
struct PoolTo7x7 {
    static constexpr int window = Input::height / 224;
    static_assert(Input::height == 224 * window && Input::width == Input::height,
                  "tinyres: Vgg11Bn takes square images of 224 x 224 pixels or a multiple; scale them");
    using type = std::conditional_t<window == 1, Identity, AvgPool<window>>;
};

template <class Input, int Classes>
using Bn11 = Network<Input,
                     Sequential<Conv3x3<64>, BatchNorm, ReLU, MaxPool<2>,                                 //
                                Conv3x3<128>, BatchNorm, ReLU, MaxPool<2>,                                //
                                Conv3x3<256>, BatchNorm, ReLU, Conv3x3<256>, BatchNorm, ReLU, MaxPool<2>, //
                                Conv3x3<512>, BatchNorm, ReLU, Conv3x3<512>, BatchNorm, ReLU, MaxPool<2>, //
                                Conv3x3<512>, BatchNorm, ReLU, Conv3x3<512>, BatchNorm, ReLU, MaxPool<2>>,
                     typename PoolTo7x7<Input>::type, Flatten,
                     Sequential<Linear<4096>, ReLU, Dropout<50>, Linear<4096>, ReLU, Dropout<50>, Linear<Classes>>>;

} // namespace vgg

/// torchvision's `vgg11_bn`. Images are square, of 224 x 224 pixels or a multiple.
/// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014).
template <class Input = Image<3, 224, 224>, int Classes = 1000>
struct Vgg11Bn : vgg::Bn11<Input, Classes> {};
static_assert(parameter_count<Vgg11Bn<>> == 132'868'840);

/// torchvision's.
template <class Input, int Classes>
inline constexpr std::array<ModuleName, 2> module_names<Vgg11Bn<Input, Classes>>{{
    {"0", "features"},
    {"3", "classifier"},
}};

} // namespace TINYRES_ARCH
} // namespace tinyres
