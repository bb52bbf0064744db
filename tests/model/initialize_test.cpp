#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/state_dict.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <map>
#include <set>
#include <tuple>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// Tensors large enough for statistics.
using Wide = tr::Network<tr::Image<8, 4, 4>, tr::Conv3x3<64>, tr::BatchNorm, tr::Conv3x3<24>, tr::GroupNorm<4>,
                         tr::Flatten, tr::Linear<30>>;

using Tensors = std::map<std::string, std::vector<float>>;

template <class Network, class Backend>
Tensors tensors_of(const tr::Model<Network, Backend>& model) {
    Tensors tensors;
    for (tr::NamedTensor& tensor : tr::state_dict(model)) tensors[tensor.name] = std::move(tensor.values);
    return tensors;
}

/// The mean of the values' powers.
double moment(const std::vector<float>& values, int power) {
    double sum = 0.0;
    for (const float value : values) sum += std::pow(static_cast<double>(value), power);
    return sum / static_cast<double>(values.size());
}

/// The tensors that an initializer draws, with the number of inputs that an output of theirs sums over.
const std::map<std::string, int> fan_in_of_weights{{"0.weight", 9 * 8}, {"2.weight", 9 * 64}, {"5.weight", 24 * 16}};

bool all_are(const std::vector<float>& values, float value) {
    return std::ranges::all_of(values, [=](float v) { return v == value; });
}

} // namespace

TEST_CASE("KaimingUniform draws weights and biases evenly up to 1 / sqrt(fan in)") {
    const Tensors tensors = tensors_of(tr::Model<Wide, tr::Cpu<>>{tr::KaimingUniform{}, 3});
    for (const auto& layer : fan_in_of_weights) {
        const auto& name = layer.first;
        const int fan_in = layer.second;
        CAPTURE(name);
        const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
        const std::vector<float>& weights = tensors.at(name);
        const double n = static_cast<double>(weights.size());
        CHECK(static_cast<double>(std::ranges::max(weights)) <= bound * (1 + 1e-6));
        CHECK(static_cast<double>(std::ranges::min(weights)) >= -bound * (1 + 1e-6));
        CHECK(static_cast<double>(std::ranges::max(weights)) > 0.99 * bound);
        CHECK(static_cast<double>(std::ranges::min(weights)) < -0.99 * bound);
        CHECK(std::abs(moment(weights, 1)) < 4 * bound / std::sqrt(3 * n)); // four standard errors
        CHECK(moment(weights, 2) == doctest::Approx(bound * bound / 3).epsilon(4 / std::sqrt(n)));

        const std::vector<float>& biases = tensors.at(name.substr(0, 2) + "bias");
        CHECK(static_cast<double>(std::ranges::max(biases)) <= bound * (1 + 1e-6));
        CHECK(static_cast<double>(std::ranges::min(biases)) >= -bound * (1 + 1e-6));
        CHECK(static_cast<double>(std::ranges::max(biases) - std::ranges::min(biases)) > 1.5 * bound);
    }
}

TEST_CASE("KaimingNormal draws weights with variance 2 / fan in and sets biases to zero") {
    const Tensors tensors = tensors_of(tr::Model<Wide, tr::Cpu<>>{tr::KaimingNormal{}, 3});
    for (const auto& layer : fan_in_of_weights) {
        const auto& name = layer.first;
        const int fan_in = layer.second;
        CAPTURE(name);
        const double variance = 2.0 / fan_in;
        const std::vector<float>& weights = tensors.at(name);
        const double n = static_cast<double>(weights.size());
        CHECK(std::abs(moment(weights, 1)) < 4 * std::sqrt(variance / n));
        CHECK(moment(weights, 2) == doctest::Approx(variance).epsilon(4 * std::sqrt(2 / n)));
        CHECK(moment(weights, 4) == doctest::Approx(3 * variance * variance).epsilon(4 * std::sqrt(96 / n) / 3));
        CHECK(all_are(tensors.at(name.substr(0, 2) + "bias"), 0.0f));
    }
}

TEST_CASE("Dirac makes the first filters pass their input on, as many as there are channels, and leaves the rest") {
    const Tensors plain = tensors_of(tr::Model<Wide, tr::Cpu<>>{tr::KaimingUniform{}, 3});
    Tensors found = tensors_of(tr::Model<Wide, tr::Cpu<>>{tr::Dirac<>{}, 3});
    for (const auto& [name, in, out] : {std::tuple{"0.weight", 8, 64}, std::tuple{"2.weight", 64, 24}}) {
        CAPTURE(name);
        std::vector<float> expected = plain.at(name);
        for (int filter = 0; filter < std::min(in, out); ++filter)
            for (int i = 0; i < in * 9; ++i) // channel by channel, pixel 4 in the middle
                expected[static_cast<std::size_t>(filter * in * 9 + i)] = i == filter * 9 + 4 ? 1.0f : 0.0f;
        CHECK(found.at(name) == expected);
        found[name] = plain.at(name);
    }
    CHECK(found == plain);
}

TEST_CASE("UnitLinear stretches the weights of a Linear to the deviation 1") {
    const Tensors plain = tensors_of(tr::Model<Wide, tr::Cpu<>>{tr::KaimingUniform{}, 3});
    Tensors found = tensors_of(tr::Model<Wide, tr::Cpu<>>{tr::UnitLinear<>{}, 3});
    const std::vector<float>& weights = found.at("5.weight");
    const double n = static_cast<double>(weights.size()), mean = moment(weights, 1);
    CHECK((moment(weights, 2) - mean * mean) * n / (n - 1) == doctest::Approx(1.0).epsilon(1e-6));
    const float factor = weights[0] / plain.at("5.weight")[0];
    for (std::size_t i = 0; i < weights.size(); ++i)
        CHECK(weights[i] == doctest::Approx(factor * plain.at("5.weight")[i]).epsilon(1e-5));
    found["5.weight"] = plain.at("5.weight");
    CHECK(found == plain);
}

TEST_CASE_TEMPLATE("Normalizations start with weights 1, biases 0, means 0 and variances 1", Initializer,
                   tr::KaimingUniform, tr::KaimingNormal) {
    const Tensors tensors = tensors_of(tr::Model<Wide, tr::Cpu<>>{Initializer{}, 3});
    for (const std::string norm : {"1.", "3."}) {
        CHECK(all_are(tensors.at(norm + "weight"), 1.0f));
        CHECK(all_are(tensors.at(norm + "bias"), 0.0f));
    }
    CHECK(all_are(tensors.at("1.running_mean"), 0.0f));
    CHECK(all_are(tensors.at("1.running_var"), 1.0f));
}

TEST_CASE("PReLU starts with the slope 0.25") {
    using Net = tr::Network<tr::Image<3, 2, 2>, tr::PReLU<>, tr::PReLU<tr::Slopes::per_channel>>;
    const Tensors tensors = tensors_of(tr::Model<Net, tr::Reference<double>>{});
    CHECK(tensors.at("0.weight") == std::vector<float>{0.25f});
    CHECK(tensors.at("1.weight") == std::vector<float>(3, 0.25f));
}

TEST_CASE_TEMPLATE("The seed fixes the weights, on every backend", Initializer, tr::KaimingUniform, tr::KaimingNormal) {
    const Tensors weights = tensors_of(tr::Model<Wide, tr::Cpu<>>{Initializer{}, 7});
    CHECK(tensors_of(tr::Model<Wide, tr::Cpu<>>{Initializer{}, 7, tr::Cpu<>{3}}) == weights);
    CHECK(tensors_of(tr::Model<Wide, tr::Reference<float>>{Initializer{}, 7}) == weights);
    CHECK(tensors_of(tr::Model<Wide, tr::Reference<double>>{Initializer{}, 7}) == weights);
    const Tensors others = tensors_of(tr::Model<Wide, tr::Cpu<>>{Initializer{}, 8});
    for (const auto& [name, fan_in] : fan_in_of_weights) CHECK(others.at(name) != weights.at(name));
}

TEST_CASE("Every tensor has random numbers of its own") {
    using Twins = tr::Network<tr::Image<4, 4, 4>, tr::Conv3x3<4>, tr::Conv3x3<4>, tr::ResBlock<tr::Conv3x3<4>>>;
    const Tensors tensors = tensors_of(tr::Model<Twins, tr::Cpu<>>{});
    CHECK(tensors.at("0.weight") != tensors.at("1.weight"));
    CHECK(tensors.at("1.weight") != tensors.at("2.0.weight"));
    std::set<float> values;
    for (const auto& [name, tensor] : tensors) values.insert(tensor.begin(), tensor.end());
    CHECK(values.size() > 440); // of 444
}

TEST_CASE("A model without arguments starts as PyTorch's layers do, with seed 0") {
    const tr::Model<Wide, tr::Cpu<>> model;
    CHECK(model.seed() == 0);
    CHECK(model.steps() == 0);
    CHECK(tensors_of(model) == tensors_of(tr::Model<Wide, tr::Cpu<>>{tr::KaimingUniform{}, 0}));
}

TEST_CASE("An initializer is any function of a tensor's description, a random key and the values to fill") {
    std::set<std::uint32_t> keys;
    const auto count_up = [&](const tr::TensorSpec& spec, const tr::RandomKey& key, std::span<float> values) {
        CHECK(key.seed == 9);
        CHECK(keys.insert(key.major).second);
        CHECK(values.size() == static_cast<std::size_t>(spec.size()));
        std::ranges::fill(values, static_cast<float>(spec.fan_in));
    };
    const Tensors tensors = tensors_of(tr::Model<Wide, tr::Cpu<>>{count_up, 9});
    CHECK(keys.size() == 6);
    for (const auto& [name, fan_in] : fan_in_of_weights) CHECK(all_are(tensors.at(name), static_cast<float>(fan_in)));
    CHECK(all_are(tensors.at("5.bias"), 24 * 16));
    CHECK(all_are(tensors.at("1.weight"), 1.0f));
}
