#pragma once

#include "numbers.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/optim/adam.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace tinyres_test {

namespace tr = tinyres;

/// 2 * to_uniform(word) - 1, in [-1, 1): exact in float.
inline double symmetric_uniform(const tr::RandomKey& key, std::uint64_t element) {
    return 2.0 * static_cast<double>(tr::to_uniform(tr::random_word(key, element))) - 1.0;
}

/// The starting weights of training.py's `initialize`, element by element in PyTorch's order, and fresh statistics.
template <class Network>
std::vector<tr::NamedTensor> starting_state(std::uint64_t seed) {
    std::vector<tr::NamedTensor> state;
    std::uint32_t number = 0; // counts the parameters
    for (const tr::NetworkTensor& tensor : tr::network_tensors<Network>) {
        const tr::TensorSpec& spec = tensor.spec;
        state.push_back({std::string(tensor.name.view()), tr::detail::shape_of(spec),
                         std::vector<float>(static_cast<std::size_t>(spec.size()))});
        tr::NamedTensor& named = state.back();
        const bool drawn = spec.initial == tr::Initial::weight || spec.initial == tr::Initial::bias;
        const double middle = spec.initial == tr::Initial::ones ? 1.0 : 0.0;
        const double half_width = drawn ? 1.0 / std::sqrt(static_cast<double>(spec.fan_in)) : 0.25;
        const bool parameter = spec.role == tr::Role::parameter;
        for (std::size_t element = 0; element < named.values.size(); ++element) {
            const double u =
                parameter ? symmetric_uniform({seed, tr::Purpose::initialization, 0, number}, element) : 0.0;
            named.values[element] = static_cast<float>(middle + half_width * u);
        }
        number += parameter ? 1 : 0;
    }
    return state;
}

/// The images and labels of training.py's `batch`.
struct GivenBatch {
    std::vector<float> images; ///< (size, 32, 32, 3)
    std::vector<std::int32_t> labels;

    GivenBatch(std::uint64_t seed, int size, std::uint32_t step) {
        const std::size_t pixels = 32 * 32;
        for (std::size_t image = 0; image < static_cast<std::size_t>(size); ++image) {
            for (std::size_t pixel = 0; pixel < pixels; ++pixel)
                for (std::size_t channel = 0; channel < 3; ++channel)
                    images.push_back(
                        static_cast<float>(2.0 * symmetric_uniform({seed, tr::Purpose::augmentation, step},
                                                                   (image * 3 + channel) * pixels + pixel)));
            const std::uint32_t word = tr::random_word({seed, tr::Purpose::shuffle, step, 0}, image);
            labels.push_back(static_cast<std::int32_t>(word % 10));
        }
    }

    tr::Batch view() const { return {images, labels}; }
};

/// A tensor of ours that the run left behind.
struct Trained {
    tr::NamedTensor tensor;
    std::string pytorch_name;
    std::vector<float> start{}; ///< a parameter's, before training
    bool idle = false;          ///< a convolution's bias before BatchNorm, on which the loss does not depend
};

/// The run of training.py whose numbers are in `pytorch` under `norm` ("bn", "gn", "ln"), repeated by us.
template <class Network, class Backend>
struct Repetition {
    std::vector<double> losses;      ///< (steps)
    std::vector<Trained> gradients;  ///< of the first step
    std::vector<Trained> parameters; ///< after the last step
    std::vector<Trained> statistics; ///< after the last step
    std::vector<double> outputs; ///< (batch, 10), in prediction mode, after the last step, of the batch that follows

    Repetition(const Numbers& pytorch, const std::string& norm, Backend backend = Backend{}) {
        const auto setting = [&](const std::string& key) { return pytorch.setting(norm + "/" + key); };
        const auto seed = static_cast<std::uint64_t>(setting("seed"));
        const auto steps = static_cast<std::uint32_t>(setting("steps"));
        const int size = static_cast<int>(setting("batch_size"));
        start_ = starting_state<Network>(seed);
        tr::Model<Network, Backend> model{tr::KaimingUniform{}, 0, std::move(backend)};
        tr::load_state_dict(model, std::span<const tr::NamedTensor>(start_));
        tr::Adam optimizer{model, tr::AdamOptions{.beta1 = setting("beta1"),
                                                  .beta2 = setting("beta2"),
                                                  .epsilon = setting("eps"),
                                                  .weight_decay = setting("weight_decay")}};
        norm_ = norm;
        for (std::uint32_t step = 0; step < steps; ++step) {
            losses.push_back(tr::train_step(model, GivenBatch(seed, size, step).view()).loss());
            if (step == 0) gradients = named(pytorch, model.backend(), tr::Role::parameter, model.gradients().data());
            optimizer.step(model, setting("learning_rate"));
        }
        parameters = named(pytorch, model.backend(), tr::Role::parameter, model.parameters().data());
        statistics = named(pytorch, model.backend(), tr::Role::running_statistic, model.statistics().data());
        tr::Predictor predictor{model};
        const GivenBatch next(seed, size, steps);
        const auto* const found = predictor(next.images);
        for (int i = 0; i < 10 * size; ++i) outputs.push_back(static_cast<double>(found[i]));
    }

private:
    /// A buffer of ours with PyTorch's names, which the file holds in the same order.
    std::vector<Trained> named(const Numbers& pytorch, const Backend& backend, tr::Role role,
                               const typename Backend::Scalar* buffer) const {
        const bool parameters_wanted = role == tr::Role::parameter;
        const std::string prefix = norm_ + (parameters_wanted ? "/first_initial/" : "/buffer/");
        const std::vector<const tr::TensorView*> theirs = pytorch.with_prefix(prefix);
        std::vector<tr::NamedTensor> ours;
        tr::append_tensors<Backend>(backend, tr::network_tensors<Network>, role, buffer, "", ours);
        REQUIRE(theirs.size() == ours.size());
        std::vector<Trained> trained;
        for (std::size_t i = 0; i < ours.size(); ++i) {
            trained.push_back({ours[i], theirs[i]->name.substr(prefix.size())});
            Trained& next = trained.back();
            if (!parameters_wanted) continue;
            next.start = std::ranges::find(start_, ours[i].name, &tr::NamedTensor::name)->values;
            next.idle = norm_ == "bn" && i > 0 && ours[i - 1].shape.size() == 4;
            const std::vector<double> first = pytorch(theirs[i]->name); // the formulas agree
            CHECK(std::ranges::equal(first, std::span(next.start).first(first.size())));
        }
        return trained;
    }

    std::string norm_;
    std::vector<tr::NamedTensor> start_;
};

} // namespace tinyres_test
