#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Normalizes each channel over the batch and all pixels: PyTorch's `nn.BatchNorm2d(channels)`.
///
///     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
///
/// Training uses the batch's mean and (biased) variance and records them, the variance unbiased, as
/// `running = (1 - momentum) * running + momentum * batch`; prediction uses the recorded ones.
/// Ioffe and Szegedy (2015).
struct BatchNorm {
    static constexpr std::string_view name = "BatchNorm2d";
    static constexpr double epsilon = 1e-5;
    static constexpr double momentum = 0.1;

    static constexpr Refusal refuses(Dims in) {
        return in.flat ? Refusal::it_needs_an_image_but_gets_a_flat_vector : Refusal::none;
    }
    static constexpr Dims output(Dims in) { return in; }
    static constexpr TensorList tensors(Dims in) {
        const auto tensor = [&](std::string_view tensor_name, Initial initial, Role role) {
            return TensorSpec{.name = tensor_name, .shape = {in.channels}, .rank = 1, .role = role, .initial = initial};
        };
        return {tensor("weight", Initial::ones, Role::parameter), tensor("bias", Initial::zeros, Role::parameter),
                tensor("running_mean", Initial::zeros, Role::running_statistic),
                tensor("running_var", Initial::ones, Role::running_statistic)};
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
