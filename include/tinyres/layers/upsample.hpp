#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Why an upsampling cannot take an input.
enum class UpsampleRefusal {
    none,
    it_needs_an_image_but_gets_a_flat_vector,
    the_factor_must_be_between_1_and_16,
};

/// Each pixel as a square of `Factor` x `Factor` pixels: PyTorch's `nn.Upsample(scale_factor=Factor)`, whose mode is
/// "nearest".
template <int Factor>
struct Upsample {
    static constexpr std::string_view name = "Upsample";

    static constexpr UpsampleRefusal refuses(Dims in) {
        if (Factor < 1 || Factor > 16) return UpsampleRefusal::the_factor_must_be_between_1_and_16;
        return in.flat ? UpsampleRefusal::it_needs_an_image_but_gets_a_flat_vector : UpsampleRefusal::none;
    }
    static constexpr Dims output(Dims in) { return {in.channels, in.height * Factor, in.width * Factor, false}; }
    static constexpr TensorList tensors(Dims) { return {}; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
