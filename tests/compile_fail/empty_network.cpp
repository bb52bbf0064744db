// expect: a_Sequential_needs_at_least_one_layer
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
using Net = tinyres::Network<tinyres::Image<3, 4, 4>>;
#else
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::ReLU>;
#endif
static_assert(tinyres::parameter_count<Net> >= 0);
