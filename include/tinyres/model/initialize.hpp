#pragma once

#include "tinyres/core/network.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// PyTorch's defaults for convolutions and linear layers (He et al. 2015 with a = sqrt(5)): weights and biases uniform
/// in [-1 / sqrt(fan_in), 1 / sqrt(fan_in)).
struct KaimingUniform {
    void operator()(const TensorSpec& spec, const RandomKey& key, std::span<float> values) const {
        const float bound = 1.0f / std::sqrt(static_cast<float>(spec.fan_in));
        RandomStream random(key);
        for (float& value : values) value = random.uniform(-bound, bound);
    }
};

/// Kaiming-normal for ReLU, `nn.init.kaiming_normal_`: weights normal with variance 2 / fan_in; biases zero.
struct KaimingNormal {
    void operator()(const TensorSpec& spec, const RandomKey& key, std::span<float> values) const {
        const float deviation = spec.initial == Initial::weight ? std::sqrt(2.0f / static_cast<float>(spec.fan_in)) : 0;
        RandomStream random(key);
        for (float& value : values) {
            // Box and Muller; 1 - u is never 0.
            const float radius = std::sqrt(-2.0f * std::log(1.0f - random.uniform()));
            value = deviation * radius * std::cos(2.0f * std::numbers::pi_v<float> * random.uniform());
        }
    }
};

/// Another initializer, but the first filters of a convolution pass its input on: filter i has a 1 in the middle of
/// channel i and else zeros, for as many as there are input channels and filters. `nn.init.dirac_(weight[:in])`.
template <class Rest = KaimingUniform>
struct Dirac {
    Rest rest{};

    void operator()(const TensorSpec& spec, const RandomKey& key, std::span<float> values) const {
        rest(spec, key, values);
        if (spec.layout != Layout::hwio_of_oihw) return;
        const auto [out, in, height, width] = spec.shape;
        const int middle = (height / 2 * width + width / 2) * in;
        for (int filter = 0; filter < (std::min)(in, out); ++filter)
            for (int row = 0; row < height * width * in; ++row)
                values[static_cast<std::size_t>(row * out + filter)] = row == middle + filter ? 1.0f : 0.0f;
    }
};

/// Another initializer, but the weights of a Linear are stretched to the standard deviation 1:
/// `weight *= 1 / weight.std()`.
template <class Rest = KaimingUniform>
struct UnitLinear {
    Rest rest{};

    void operator()(const TensorSpec& spec, const RandomKey& key, std::span<float> values) const {
        rest(spec, key, values);
        if (spec.initial != Initial::weight || spec.rank != 2) return;
        double sum = 0.0, squares = 0.0;
        for (const double value : values) sum += value;
        const auto count = static_cast<double>(values.size());
        for (const double value : values) squares += (value - sum / count) * (value - sum / count);
        const double deviation = std::sqrt(squares / (count - 1.0));
        for (float& value : values) value = static_cast<float>(value / deviation);
    }
};

/// Fills the flat buffers of a network's parameters and statistics: weights and biases by `initializer`, each tensor
/// from a stream of its own, the others with the number that they begin with.
template <class Backend, class Initializer>
void initialize(const Backend& backend, std::span<const NetworkTensor> network, const Initializer& initializer,
                std::uint64_t seed, typename Backend::Scalar* parameters, typename Backend::Scalar* statistics) {
    std::vector<float> values;
    std::uint32_t number = 0;
    const auto first_value = [](const TensorSpec& spec) {
        return spec.initial == Initial::ones ? 1.0f : static_cast<float>(spec.initial_value);
    };
    for (const NetworkTensor& tensor : network) {
        const TensorSpec& spec = tensor.spec;
        values.assign(static_cast<std::size_t>(spec.size()), first_value(spec));
        if (spec.initial == Initial::weight || spec.initial == Initial::bias)
            initializer(spec, RandomKey{seed, Purpose::initialization, number, 0}, std::span<float>(values));
        backend.upload(std::span<const float>(values),
                       (spec.role == Role::parameter ? parameters : statistics) + tensor.offset);
        ++number;
    }
}

} // namespace TINYRES_ARCH
} // namespace tinyres
