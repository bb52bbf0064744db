// expect: tinyres: every size of a Shape must be positive
#include "whole_program.hpp"

#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
using Input = tinyres::Image<3, 0, 4>;
#else
using Input = tinyres::Image<3, 1, 4>;
#endif
using Net = tinyres::Network<Input, tinyres::Conv3x3<8>>;
template void whole_program<Net>(const tinyres::Batch&);
