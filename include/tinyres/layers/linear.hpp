#pragma once

#include "tinyres/core/layer.hpp"
#include "tinyres/layers/bias.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// y = W x + b on a flat vector: PyTorch's `nn.Linear(in, Features)`.
template <int Features, Bias bias = Bias::yes>
struct Linear {
    static constexpr std::string_view name = "Linear";

    static constexpr Refusal refuses(Dims in) {
        return in.flat ? Refusal::none : Refusal::it_needs_a_flat_vector_so_put_Flatten_before_it;
    }
    static constexpr Dims output(Dims) { return {Features, 1, 1, true}; }
    static constexpr TensorList tensors(Dims in) {
        const TensorSpec weight{.name = "weight",
                                .shape = {Features, in.channels},
                                .rank = 2,
                                .initial = Initial::weight,
                                .layout = Layout::io_of_oi,
                                .fan_in = in.channels};
        if (bias == Bias::no) return {weight};
        return {weight,
                {.name = "bias", .shape = {Features}, .rank = 1, .initial = Initial::bias, .fan_in = in.channels}};
    }
};

/// Whether a layer is linear.
template <class Layer>
inline constexpr bool is_linear = false;
template <int Features, Bias bias>
inline constexpr bool is_linear<Linear<Features, bias>> = true;

} // namespace TINYRES_ARCH
} // namespace tinyres
