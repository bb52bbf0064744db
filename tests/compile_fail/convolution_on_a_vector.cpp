// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, tinyres::Convolution<8, tinyres::Geometry<3, 3, 1, 1, 1, 1, 1, 1>, 1
// expect: tinyres::Shape<48>
// expect: it_needs_an_image_but_gets_a_flat_vector
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Flatten, tinyres::Conv3x3<8>>;
#else
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::Flatten>;
#endif
static_assert(tinyres::parameter_count<Net> >= 0);
