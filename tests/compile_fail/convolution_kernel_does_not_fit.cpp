// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, tinyres::Convolution<16, tinyres::Geometry<7, 7, 2, 2, 1, 1, 1, 1>, 1
// expect: tinyres::Shape<8, 4, 4>
// expect: the_kernel_is_larger_than_the_padded_image
#include "whole_program.hpp"

#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int padding = 1;
#else
constexpr int padding = 3;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::Conv<16, 7, 2, padding>,
                             tinyres::Flatten, tinyres::Linear<10>>;
template void whole_program<Net>(const tinyres::Batch&);
