// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<3, tinyres::Add, tinyres::Inputs<tinyres::Shape<8, 4, 4>
// expect: both_ends_of_a_residual_block_must_have_the_same_shape
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int channels = 8;
#else
constexpr int channels = 3;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::ResBlock<tinyres::Conv3x3<channels>, tinyres::ReLU>>;
static_assert(tinyres::parameter_count<Net> >= 0);
