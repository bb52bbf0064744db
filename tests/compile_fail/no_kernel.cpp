// expect: tinyres: this backend has no kernel for this operation
// expect: tinyres::Bound<Square, tinyres::Shape<3, 4, 4>
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/plan/plan.hpp>
struct Square : tinyres::ElementwiseLayer {
    static constexpr std::string_view name = "Square";
};
#ifdef TINYRES_MUST_FAIL
using Layer = Square;
#else
using Layer = tinyres::ReLU;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, Layer>;
static_assert(tinyres::Plan<Net, tinyres::Reference<double>>::training_memory.bytes_per_image > 0);
