// expect: tinyres: module_names gives two layers of this network one name
#include <tinyres/layers/layers.hpp>
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::BatchNorm>;
#ifdef TINYRES_MUST_FAIL
constexpr const char* name = "1"; // the path of BatchNorm, which has no other name
#else
constexpr const char* name = "stem";
#endif
template <>
inline constexpr std::array<tinyres::ModuleName, 1> tinyres::module_names<Net>{{{"0", name}}};
static_assert(tinyres::network_tensors<Net>.size() == 6);
