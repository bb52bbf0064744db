// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, tinyres::GroupNorm<4>, tinyres::Shape<6, 4, 4>
// expect: the_groups_must_divide_the_channels
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int groups = 4;
#else
constexpr int groups = 3;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<6>, tinyres::GroupNorm<groups>>;
static_assert(tinyres::parameter_count<Net> >= 0);
