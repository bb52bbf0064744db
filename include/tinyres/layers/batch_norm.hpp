#pragma once

#include "tinyres/core/layer.hpp"

#include <cstdint>
#include <limits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What BatchNorm's options set.
struct BatchNormSettings {
    double momentum = 1.0 / 10;
    double epsilon = 1.0 / 100'000;
    bool scale = true; ///< whether there is a weight
    bool shift = true; ///< whether there is a bias
};

namespace detail {

/// numerator / denominator; not a number where the denominator is 0.
constexpr double fraction(std::int64_t numerator, std::int64_t denominator) {
    return denominator != 0 ? static_cast<double>(numerator) / static_cast<double>(denominator)
                            : std::numeric_limits<double>::quiet_NaN();
}

} // namespace detail

/// Option of BatchNormWith: the share of a batch in the running statistics.
template <int Numerator, int Denominator>
struct Momentum {
    static constexpr void apply(BatchNormSettings& settings) {
        settings.momentum = detail::fraction(Numerator, Denominator);
    }
};

/// Option of BatchNormWith: what is added to the variance.
template <std::int64_t Numerator, std::int64_t Denominator>
struct Epsilon {
    static constexpr void apply(BatchNormSettings& settings) {
        settings.epsilon = detail::fraction(Numerator, Denominator);
    }
};

/// Option of BatchNormWith: the tensor `weight` does not exist.
struct WithoutScale {
    static constexpr void apply(BatchNormSettings& settings) { settings.scale = false; }
};

/// Option of BatchNormWith: the tensor `bias` does not exist.
struct WithoutShift {
    static constexpr void apply(BatchNormSettings& settings) { settings.shift = false; }
};

/// An option of BatchNormWith.
template <class Option>
concept BatchNormOption = requires(BatchNormSettings& settings) {
    Option::apply(settings);
};

/// Why a BatchNorm cannot take an input.
enum class BatchNormRefusal {
    none,
    the_momentum_must_be_between_0_and_1,
    the_epsilon_must_be_positive,
};

/// Normalizes each channel over the batch and all pixels: PyTorch's `nn.BatchNorm2d(channels)`, and
/// `nn.BatchNorm1d(features)` of vectors.
///
///     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
///
/// Training uses the batch's mean and (biased) variance and records them, the variance unbiased, as
/// `running = (1 - momentum) * running + momentum * batch`; prediction uses the recorded ones.
/// Ioffe and Szegedy (2015).
///
/// Options, in any order: `Momentum<1, 100>`, `Epsilon<1, 1000>`, `WithoutScale` (the weight is 1), `WithoutShift` (the
/// bias is 0). Without both it is PyTorch's `affine=False`.
template <BatchNormOption... Options>
struct BatchNormWith {
    static constexpr std::string_view name = "BatchNorm2d";
    static constexpr BatchNormSettings settings = [] {
        BatchNormSettings result;
        (Options::apply(result), ...);
        return result;
    }();
    static constexpr double epsilon = settings.epsilon;
    static constexpr double momentum = settings.momentum;

    static constexpr BatchNormRefusal refuses(Dims) {
        if (!(momentum >= 0 && momentum <= 1)) return BatchNormRefusal::the_momentum_must_be_between_0_and_1;
        return epsilon > 0 ? BatchNormRefusal::none : BatchNormRefusal::the_epsilon_must_be_positive;
    }
    static constexpr Dims output(Dims in) { return in; }
    static constexpr TensorList tensors(Dims in) {
        TensorList list;
        const auto add = [&](std::string_view tensor_name, Initial initial, Role role) {
            list.specs[static_cast<std::size_t>(list.count++)] = {
                .name = tensor_name, .shape = {in.channels}, .rank = 1, .role = role, .initial = initial};
        };
        if (settings.scale) add("weight", Initial::ones, Role::parameter);
        if (settings.shift) add("bias", Initial::zeros, Role::parameter);
        add("running_mean", Initial::zeros, Role::running_statistic);
        add("running_var", Initial::ones, Role::running_statistic);
        return list;
    }
};

/// With PyTorch's defaults: momentum 0.1, epsilon 1e-5, weight and bias.
using BatchNorm = BatchNormWith<>;

/// Whether a layer is a BatchNorm, whatever its options.
template <class Layer>
inline constexpr bool is_batch_norm = false;
template <class... Options>
inline constexpr bool is_batch_norm<BatchNormWith<Options...>> = true;

} // namespace TINYRES_ARCH
} // namespace tinyres
