// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<4, tinyres::MaxPool<5
// expect: tinyres::Shape<8, 4, 4>
#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int window = 5;
#else
constexpr int window = 1;
#endif
// Conv3x3 0, the ResBlock 1, ReLU 2, BatchNorm 3, MaxPool 4
using Body = tinyres::Sequential<tinyres::ReLU, tinyres::Sequential<tinyres::BatchNorm, tinyres::MaxPool<window>>>;
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::ResBlock<Body>>;
static_assert(tinyres::parameter_count<Net> >= 0);
