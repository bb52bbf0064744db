#pragma once

#include "tinyres/core/layer.hpp"
#include "tinyres/random/philox.hpp"

#include <cmath>
#include <numbers>
#include <span>

namespace tinyres::inline TINYRES_ARCH {

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

} // namespace tinyres::inline TINYRES_ARCH
