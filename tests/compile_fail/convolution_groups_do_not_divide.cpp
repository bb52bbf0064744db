// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, tinyres::Convolution<8, tinyres::Geometry<3, 3, 1, 1, 1, 1, 1, 1>, 4
// expect: tinyres::Shape<6, 8, 8>
// expect: the_groups_must_divide_the_channels_of_its_input_and_output
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int groups = 4;
#else
constexpr int groups = 2;
#endif
using Net = tinyres::Network<tinyres::Image<3, 8, 8>, tinyres::Conv3x3<6>, tinyres::Conv<8, 3, 1, 1, groups>>;
static_assert(tinyres::parameter_count<Net> >= 0);
