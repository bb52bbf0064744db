// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<3, tinyres::Add, tinyres::Shape<8, 4, 4>
// expect: the_body_of_a_ResBlock_must_keep_the_shape
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int channels = 8;
#else
constexpr int channels = 3;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::ResBlock<tinyres::Conv3x3<channels>, tinyres::ReLU>>;
static_assert(tinyres::parameter_count<Net> >= 0);
