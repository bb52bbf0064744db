// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<1, EvenOnly, tinyres::Shape<3, 7, 8>
// expect: Evenness::the_height_must_be_even
#include "whole_program.hpp"

enum class Evenness { fine, the_height_must_be_even };

struct EvenOnly : tinyres::ElementwiseLayer {
    static constexpr std::string_view name = "EvenOnly";
    static constexpr Evenness refuses(tinyres::Dims in) {
        return in.height % 2 == 0 ? Evenness::fine : Evenness::the_height_must_be_even;
    }
};
#ifdef TINYRES_MUST_FAIL
using Layer = EvenOnly;
#else
using Layer = tinyres::BatchNorm;
#endif
using Net = tinyres::Network<tinyres::Image<3, 7, 8>, tinyres::ReLU, Layer>;
template void whole_program<Net>(const tinyres::Batch&);
