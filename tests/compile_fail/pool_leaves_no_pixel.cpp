// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, tinyres::MaxPool<5
// expect: tinyres::Shape<8, 4, 32>
// expect: the_window_is_larger_than_the_padded_image
#include "whole_program.hpp"

#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int window = 5;
#else
constexpr int window = 4;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 32>, tinyres::Conv3x3<8>, tinyres::MaxPool<window>, tinyres::Flatten,
                             tinyres::Linear<10>>;
template void whole_program<Net>(const tinyres::Batch&);
