// expect: layer_rejects_input<1, tinyres::MaxPool<5
// expect: tinyres::Shape<8, 4, 4>
#include "whole_program.hpp"

#include <tinyres/layers/layers.hpp>
#ifdef TINYRES_MUST_FAIL
constexpr int window = 5;
#else
constexpr int window = 2;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::MaxPool<window>>;
template <>
inline constexpr std::array<tinyres::ModuleName, 1> tinyres::module_names<Net>{{{"0", "stem"}}};
template void whole_program<Net>(const tinyres::Batch&);
