// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<3, tinyres::Add, tinyres::Inputs<tinyres::Shape<4, 8, 8>, tinyres::Shape<5, 8, 8>
// expect: both_ends_of_a_residual_block_must_have_the_same_shape
#include "whole_program.hpp"

#ifdef TINYRES_MUST_FAIL
constexpr int channels = 5;
#else
constexpr int channels = 4;
#endif
using Net =
    tinyres::Network<tinyres::Image<3, 8, 8>, tinyres::Residual<tinyres::Conv3x3<4>, tinyres::Conv3x3<channels>>>;
template void whole_program<Net>(const tinyres::Batch&);
