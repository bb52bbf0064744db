// expect: tinyres: this type is not a layer
// expect: not_a_layer<Plain>
// lines: 40
#include "whole_program.hpp"

#include <tinyres/layers/layers.hpp>
struct Plain {};
#ifdef TINYRES_MUST_FAIL
using Item = Plain;
#else
using Item = tinyres::ReLU;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::Sequential<Item>>;
template void whole_program<Net>(const tinyres::Batch&);
