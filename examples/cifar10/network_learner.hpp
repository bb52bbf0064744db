#pragma once

#include "learner.hpp"
#include "programs/backend_memory.hpp"

#include <cmath>
#include <tinyres/core/threads.hpp>
#include <tinyres/networks/s10.hpp>
#include <tinyres/optim/adam.hpp>
#include <tinyres/optim/sgd.hpp>
#include <tinyres/train/evaluate.hpp>

namespace example {

/// The optimizer that the recipe names.
template <class Network, class Backend>
std::unique_ptr<tr::Optimizer<Backend>> make_optimizer(const Recipe& recipe, const tr::Model<Network, Backend>& model) {
    const tr::AdamOptions adam{.weight_decay = recipe.weight_decay};
    const tr::SgdOptions sgd{.weight_decay = recipe.weight_decay};
    if (recipe.optimizer == "adam") return std::make_unique<tr::Adam<Backend>>(model, adam);
    if (recipe.optimizer == "adamw") return std::make_unique<tr::AdamW<Backend>>(model, adam);
    if (recipe.optimizer == "sgd") return std::make_unique<tr::Sgd<Backend>>(model, sgd);
    throw tr::Error("--optimizer: there is no optimizer '" + recipe.optimizer + "'; give adam, adamw or sgd");
}

/// A loader as it trains a backend. A backend that makes its own batches has a specialization.
template <class Backend, class Transform>
class BackendLoader {
public:
    tr::Loader<tr::Dataset, Transform>& operator()(const Backend&, tr::Loader<tr::Dataset, Transform>& loader) {
        return loader;
    }
};

/// The Learner of one network and backend; the backend's kernels must be included.
template <class Network, class Backend>
class NetworkLearner final : public Learner {
public:
    NetworkLearner(const Recipe& recipe, Backend backend)
        : model_(tr::KaimingUniform{}, recipe.seed, std::move(backend)),
          optimizer_(make_optimizer(recipe, model_)),
          loss_{.label_smoothing = static_cast<float>(recipe.label_smoothing)} {}

    tr::Metrics train_epoch(const tr::OneCycle& schedule, TrainLoader& loader, int epoch,
                            const OnBatch& on_batch) override {
        auto& batches = train_loader_(model_.backend(), loader);
        return tr::train_epoch(model_, *optimizer_, schedule, batches, epoch, loss_, on_batch);
    }
    void find_learning_rate(TrainLoader& loader, tr::LrFinder& finder, const OnStep& on_step) override {
        tr::find_learning_rate(model_, *optimizer_, train_loader_(model_.backend(), loader), finder, loss_, on_step);
    }
    tr::Metrics evaluate(TestLoader& loader) override {
        return tr::evaluate(model_, test_loader_(model_.backend(), loader));
    }
    std::vector<float> predict(TestLoader& loader) const override {
        std::vector<float> outputs = tr::predict(model_, loader); // log-probabilities
        for (float& value : outputs) value = std::exp(value);
        return outputs;
    }

    tr::TrainingState training_state() override { return tr::training_state(model_, *optimizer_); }
    void load_training_state(const tr::TrainingState& state) override {
        tr::load_training_state(model_, *optimizer_, state);
    }
    std::vector<tr::NamedTensor> state_dict() const override { return tr::state_dict(model_); }
    tr::LoadReport load_state_dict(std::span<const tr::NamedTensor> tensors) override {
        return tr::load_state_dict(model_, tensors);
    }

    int threads() const override { return model_.backend().threads(); }
    std::string instruction_set() const override {
        if constexpr (requires { Backend::Architecture::name(); })
            return Backend::Architecture::name();
        else
            return "plain loops";
    }
    int parameter_count() const override { return Network::parameter_count; }
    std::size_t checkpoint_bytes() const override { return (moments() + 1) * parameter_bytes + statistic_bytes; }
    std::size_t memory_bytes(int batch_images, int test_images) const override {
        using Plan = tr::Plan<Network, Backend>;
        return (moments() + 2) * parameter_bytes + statistic_bytes +
               Plan::training_memory.bytes(batch_images, threads()) +
               Plan::prediction_memory.bytes(test_images, threads());
    }

    std::size_t memory_there() const override { return BackendMemory<Backend>::bytes(); }

private:
    static constexpr std::size_t parameter_bytes = Network::parameter_count * sizeof(typename Backend::Scalar);
    static constexpr std::size_t statistic_bytes = Network::statistic_count * sizeof(typename Backend::Scalar);

    std::size_t moments() const { return optimizer_->moments().size(); }

    tr::Model<Network, Backend> model_;
    std::unique_ptr<tr::Optimizer<Backend>> optimizer_;
    tr::CrossEntropy loss_;
    BackendLoader<Backend, decltype(tr::cifar10_augmentation())> train_loader_;
    BackendLoader<Backend, tr::Normalize> test_loader_;
};

/// Throws Error when the system does not start the threads of a backend on the processor.
template <class Backend>
void require_threads_of(const Backend& backend) {
    const int threads = backend.threads();
    tr::require_threads(threads - 1, "the " + std::to_string(threads) + " threads that compute (--threads)");
}

/// The networks that the program knows, on one backend.
template <class Backend>
std::unique_ptr<Learner> make_learner_on(const Recipe& recipe, const Backend& backend) {
    if (recipe.norm == "bn")
        return std::make_unique<NetworkLearner<tr::S10Network<tr::BatchNorm>, Backend>>(recipe, backend);
    if (recipe.norm == "gn")
        return std::make_unique<NetworkLearner<tr::S10Network<tr::GroupNorm<4>>, Backend>>(recipe, backend);
    if (recipe.norm == "ln")
        return std::make_unique<NetworkLearner<tr::S10Network<tr::LayerNorm>, Backend>>(recipe, backend);
    throw tr::Error("--norm: there is no norm '" + recipe.norm + "'; give bn, gn or ln");
}

} // namespace example
