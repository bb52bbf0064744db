// expect: tinyres: this layer cannot be exported, there is no OnnxOperator of it
// expect: OnnxOperator<Square>
#include <tinyres/io/onnx.hpp>
struct Square : tinyres::ElementwiseLayer {
    static constexpr std::string_view name = "Square";
};
#ifdef TINYRES_MUST_FAIL
using Layer = Square;
#else
using Layer = tinyres::ReLU;
#endif
using Net = tinyres::Network<tinyres::Image<3, 4, 4>, Layer>;
const std::string file = tinyres::to_onnx<Net>({});
