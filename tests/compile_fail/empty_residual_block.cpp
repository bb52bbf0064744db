// expect: a_ResBlock_needs_at_least_one_layer
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
using Item = tinyres::ResBlock<>;
#else
using Item = tinyres::ResBlock<tinyres::ReLU>;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, Item>;
static_assert(tinyres::parameter_count<Net> >= 0);
