// expect: tinyres: this backend has no kernel for this operation
// expect: tinyres::Bound<Square, tinyres::Shape<3, 4, 4>
// lines: 40
#include "whole_program.hpp"

struct Square : tinyres::ElementwiseLayer {
    static constexpr std::string_view name = "Square";
};
#ifdef TINYRES_MUST_FAIL
using Layer = Square;
#else
using Layer = tinyres::ReLU;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, Layer>;
template void whole_program<Net>(const tinyres::Batch&);
