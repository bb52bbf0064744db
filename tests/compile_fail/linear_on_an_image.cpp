// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, tinyres::Linear<10
// expect: tinyres::Shape<8, 4, 4>
// expect: it_needs_a_flat_vector_so_put_Flatten_before_it
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::Linear<10>>;
#else
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::Flatten, tinyres::Linear<10>>;
#endif
static_assert(tinyres::parameter_count<Net> >= 0);
