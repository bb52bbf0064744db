// expect: tinyres: module_names has a path at which this network has no tensors
#include <tinyres/layers/layers.hpp>
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, tinyres::Conv3x3<8>, tinyres::ReLU>;
#ifdef TINYRES_MUST_FAIL
constexpr const char* path = "1"; // ReLU
#else
constexpr const char* path = "0";
#endif
template <>
inline constexpr std::array<tinyres::ModuleName, 1> tinyres::module_names<Net>{{{path, "stem"}}};
static_assert(tinyres::network_tensors<Net>.size() == 2);
