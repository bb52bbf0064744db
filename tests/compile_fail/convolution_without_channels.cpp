// expect: layer_rejects_input<0, tinyres::Convolution<0, tinyres::Geometry<3, 3, 1, 1, 1, 1, 1, 1>, 1
// expect: the_sizes_of_its_output_must_be_positive
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int channels = 0;
#else
constexpr int channels = 1;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<channels>, tinyres::ReLU>;
static_assert(tinyres::parameter_count<Net> >= 0);
