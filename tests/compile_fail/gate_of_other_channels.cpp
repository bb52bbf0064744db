// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<4, tinyres::Multiply, tinyres::Inputs<tinyres::Shape<3, 8, 8>, tinyres::Shape<4>
// expect: the_gate_of_a_Scale_must_give_one_value_per_channel_or_keep_the_shape
#include "whole_program.hpp"

#ifdef TINYRES_MUST_FAIL
constexpr int channels = 4;
#else
constexpr int channels = 3;
#endif
using Net = tinyres::Network<tinyres::Image<3, 8, 8>,
                             tinyres::ResBlock<tinyres::Scale<tinyres::Flatten, tinyres::Linear<channels>>>>;
template void whole_program<Net>(const tinyres::Batch&);
