// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, tinyres::MaxPool<3>, tinyres::Shape<8, 32, 32>
#include "whole_program.hpp"

#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int window = 3;
#else
constexpr int window = 2;
#endif
using Net = tinyres::Network<tinyres::Image<3, 32, 32>, tinyres::Conv3x3<8>, tinyres::MaxPool<window>, tinyres::Flatten,
                             tinyres::Linear<10>>;
template void whole_program<Net>(const tinyres::Batch&);
