#pragma once

#include "tinyres/layers/layers.hpp"

#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace vgg {

/// Names the size when it is another one. A class of its own, as of one whose assertion fails clang knows no member.
template <int Height, int Width>
struct image_has_another_size {
    static_assert(Height == Width && Height % 224 == 0,
                  "tinyres: Vgg11Bn takes square images of 224 x 224 pixels or a multiple; resize them");
};

/// torchvision pools what the convolutions give to 7 x 7 pixels (`AdaptiveAvgPool2d(7)`): of 224 x 224 pixels they give
/// just that, of a multiple of it as many equal windows.
template <class Input>
struct PoolTo7x7 {
    static_assert(sizeof(image_has_another_size<Input::height, Input::width>) > 0);
    static constexpr int window = Input::height / 224;
    using type = std::conditional_t<(window <= 1), Identity, AvgPool<window>>;
};

template <class Input, int Classes, class Drop>
using Bn11 = Network<Input,
                     Sequential<Conv3x3<64>, BatchNorm, ReLU, MaxPool<2>,                                 //
                                Conv3x3<128>, BatchNorm, ReLU, MaxPool<2>,                                //
                                Conv3x3<256>, BatchNorm, ReLU, Conv3x3<256>, BatchNorm, ReLU, MaxPool<2>, //
                                Conv3x3<512>, BatchNorm, ReLU, Conv3x3<512>, BatchNorm, ReLU, MaxPool<2>, //
                                Conv3x3<512>, BatchNorm, ReLU, Conv3x3<512>, BatchNorm, ReLU, MaxPool<2>>,
                     typename PoolTo7x7<Input>::type, Flatten,
                     Sequential<Linear<4096>, ReLU, Drop, Linear<4096>, ReLU, Drop, Linear<Classes>>>;

} // namespace vgg

/// torchvision's `vgg11_bn`. Images are square, of 224 x 224 pixels or a multiple; `Drop` is the dropout between its
/// linear layers (`Dropout<0>` for none).
/// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014).
template <class Input = Image<3, 224, 224>, int Classes = 1000, class Drop = Dropout<50>>
struct Vgg11Bn : vgg::Bn11<Input, Classes, Drop> {};
static_assert(parameter_count<Vgg11Bn<>> == 132'868'840);

/// torchvision's.
template <class Input, int Classes, class Drop>
inline constexpr std::array<ModuleName, 2> module_names<Vgg11Bn<Input, Classes, Drop>>{{
    {"0", "features"},
    {"3", "classifier"},
}};

} // namespace TINYRES_ARCH
} // namespace tinyres
