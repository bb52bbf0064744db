// expect: layer_rejects_input<1, tinyres::Dropout2d<100
// expect: the_probability_must_be_at_least_0_and_less_than_1
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
using Layer = tinyres::Dropout2d<100>;
#else
using Layer = tinyres::Dropout2d<99>;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, Layer>;
static_assert(tinyres::parameter_count<Net> >= 0);
