#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// exp(x_k) / sum of exp(x_j) over a flat vector: PyTorch's `nn.Softmax(dim=1)`.
struct Softmax : ElementwiseLayer {
    static constexpr std::string_view name = "Softmax";
    static constexpr Refusal refuses(Dims in) {
        return in.flat ? Refusal::none : Refusal::it_needs_a_flat_vector_so_put_Flatten_before_it;
    }
};

/// x_k - log(sum of exp(x_j)) over a flat vector: PyTorch's `nn.LogSoftmax(dim=1)`.
struct LogSoftmax : ElementwiseLayer {
    static constexpr std::string_view name = "LogSoftmax";
    static constexpr Refusal refuses(Dims in) {
        return in.flat ? Refusal::none : Refusal::it_needs_a_flat_vector_so_put_Flatten_before_it;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
