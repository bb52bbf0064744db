#pragma once

#include "tinyres/core/bfloat16.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/plan/operation.hpp"
#include "tinyres/random/philox.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

/// What goes into layers' kernels when a test runs them outside any plan, and what comes out.
namespace passes {

namespace tr = tinyres;

/// What goes into a pass: the arguments that all backends get.
struct Operands {
    int batch = 1;
    bool training = true;
    std::vector<float> input;
    std::vector<float> parameters;
    std::vector<float> statistics;
    std::vector<float> output_gradient;
    tr::RandomKey random{3, tr::Purpose::dropout, 5, 7};
    bool wants_input_gradient = true;
};

/// What comes out of it.
struct Results {
    std::vector<double> output;
    std::vector<double> input_gradient;
    std::vector<double> parameter_gradients;
    std::vector<double> statistics;
};

/// The tensors of a layer, or of the first of several that a backend runs as one: those of others are counted where the
/// layers are named one by one.
template <class Layer>
struct TensorsOf {
    static constexpr tr::TensorList of(tr::Dims in) { return Layer::tensors(in); }
};
template <class First, class... Rest>
struct TensorsOf<tr::Fused<First, Rest...>> : TensorsOf<First> {};

/// What is known of layers without their types: input, output and tensors, parameters and statistics in their order.
struct Signature {
    tr::Dims in;
    tr::Dims out;
    std::vector<tr::TensorSpec> tensors;
};

/// What a layer says of an input.
struct LayerFacts {
    tr::TensorList (*tensors)(tr::Dims in);
    tr::Dims (*output)(std::span<const tr::Dims> in);
};

inline Signature signature_of(tr::Dims in, std::initializer_list<LayerFacts> layers) {
    Signature signature{in, in, {}};
    for (const LayerFacts& layer : layers) {
        const tr::TensorList tensors = layer.tensors(signature.out);
        signature.tensors.insert(signature.tensors.end(), tensors.begin(), tensors.end());
        signature.out = layer.output({&signature.out, 1});
    }
    return signature;
}

/// Of `Layers` one after the other on images of shape In.
template <class In, class... Layers>
Signature signature_of() {
    return signature_of(In::dims, {{&TensorsOf<Layers>::of, &tr::detail::Facts<Layers>::output}...});
}

/// Random operands: values in [-1, 1), the weights of normalizations in ±[0.5, 1.5), running variances in [0.5, 1.5).
inline Operands random_operands(const Signature& signature, int batch, std::uint64_t seed = 1) {
    tr::RandomStream random({seed, tr::Purpose::augmentation, static_cast<std::uint32_t>(batch), 0});
    const auto any = [&] { return random.uniform(-1.0f, 1.0f); };
    const auto near_one = [&] { return random.uniform(0.5f, 1.5f); };
    Operands operands;
    operands.batch = batch;
    for (int i = 0; i < batch * signature.in.size(); ++i) operands.input.push_back(any());
    for (const tr::TensorSpec& spec : signature.tensors) {
        const bool parameter = spec.role == tr::Role::parameter;
        auto& values = parameter ? operands.parameters : operands.statistics;
        for (int i = 0; i < spec.size(); ++i) {
            const bool negative = parameter && random.below(4) == 0;
            const float one = near_one();
            values.push_back(spec.initial != tr::Initial::ones ? any() : negative ? -one : one);
        }
    }
    for (int i = 0; i < batch * signature.out.size(); ++i) operands.output_gradient.push_back(any());
    return operands;
}

template <class In, class... Layers>
Operands random_operands(int batch, std::uint64_t seed = 1) {
    return random_operands(signature_of<In, Layers...>(), batch, seed);
}

/// With images and gradients that bfloat16 holds exactly, so that only the kernel's own roundings show.
inline Operands rounded_to_bfloat16(Operands operands) {
    for (std::vector<float>* const values : {&operands.input, &operands.output_gradient})
        for (float& value : *values) value = tr::bfloat16(value);
    return operands;
}

} // namespace passes
