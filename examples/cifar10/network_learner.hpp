#pragma once

#include "learner.hpp"

#include <tinyres/io/checkpoint.hpp>
#include <tinyres/tinyres.hpp>

namespace example {

/// The Learner of one network, backend and optimizer.
template <class Network, class Backend, class Optimizer>
class NetworkLearner final : public Learner {
public:
    template <class OptimizerOptions>
    NetworkLearner(const Recipe& recipe, Backend backend, const OptimizerOptions& optimizer_options)
        : model_(tr::KaimingUniform{}, recipe.seed, std::move(backend)),
          optimizer_(model_, optimizer_options),
          loss_{.label_smoothing = static_cast<float>(recipe.label_smoothing)} {}

    tr::Metrics train_epoch(const tr::OneCycle& schedule, TrainLoader& loader, int epoch,
                            const OnBatch& on_batch) override {
        return tr::train_epoch(model_, optimizer_, schedule, loader, epoch, loss_, on_batch);
    }
    void find_learning_rate(TrainLoader& loader, tr::LrFinder& finder, const OnStep& on_step) override {
        tr::find_learning_rate(model_, optimizer_, loader, finder, loss_, on_step);
    }
    tr::Metrics evaluate(TestLoader& loader) const override { return tr::evaluate(model_, loader); }

    void save_checkpoint(const std::filesystem::path& path, const Metadata& notes) override {
        tr::save_checkpoint(path, model_, optimizer_, notes);
    }
    void restore(const std::filesystem::path& checkpoint) override {
        tr::Checkpoint::read(checkpoint).restore(model_, optimizer_);
    }
    void save_weights(const std::filesystem::path& path, const Metadata& metadata) const override {
        tr::save_weights(path, model_, metadata);
    }
    void load_weights(const std::filesystem::path& path) override { tr::load_weights(path, model_); }

    int threads() const override { return model_.backend().threads(); }
    int parameter_count() const override { return Network::parameter_count; }
    std::size_t checkpoint_bytes() const override { return (moments + 1) * parameter_bytes + statistic_bytes; }
    std::size_t memory_bytes(int batch_images, int test_images) const override {
        using Plan = tr::Plan<Network, Backend>;
        return (moments + 2) * parameter_bytes + statistic_bytes +
               Plan::training_memory.bytes(batch_images, threads()) +
               Plan::prediction_memory.bytes(test_images, threads());
    }

private:
    static constexpr std::size_t moments = std::tuple_size_v<decltype(std::declval<Optimizer&>().moments())>;
    static constexpr std::size_t parameter_bytes = Network::parameter_count * sizeof(typename Backend::Scalar);
    static constexpr std::size_t statistic_bytes = Network::statistic_count * sizeof(typename Backend::Scalar);

    tr::Model<Network, Backend> model_;
    Optimizer optimizer_;
    tr::CrossEntropy loss_;
};

template <class Network, class Backend>
std::unique_ptr<Learner> make_network_learner(const Recipe& recipe, const Backend& backend) {
    const auto with = [&]<class Optimizer>(std::type_identity<Optimizer>, const auto& optimizer_options) {
        return std::make_unique<NetworkLearner<Network, Backend, Optimizer>>(recipe, backend, optimizer_options);
    };
    const tr::AdamOptions adam{.weight_decay = recipe.weight_decay};
    if (recipe.optimizer == "adam") return with(std::type_identity<tr::Adam<Backend>>{}, adam);
    if (recipe.optimizer == "adamw") return with(std::type_identity<tr::AdamW<Backend>>{}, adam);
    if (recipe.optimizer == "sgd")
        return with(std::type_identity<tr::Sgd<Backend>>{}, tr::SgdOptions{.weight_decay = recipe.weight_decay});
    throw tr::Error("--optimizer: there is no optimizer '" + recipe.optimizer + "'; give adam, adamw or sgd");
}

/// The networks that the program knows, on one backend.
template <class Backend>
std::unique_ptr<Learner> make_learner_on(const Recipe& recipe, const Backend& backend) {
    if (recipe.norm == "bn") return make_network_learner<tr::S10Network<tr::BatchNorm>>(recipe, backend);
    if (recipe.norm == "gn") return make_network_learner<tr::S10Network<tr::GroupNorm<4>>>(recipe, backend);
    if (recipe.norm == "ln") return make_network_learner<tr::S10Network<tr::LayerNorm>>(recipe, backend);
    throw tr::Error("--norm: there is no norm '" + recipe.norm + "'; give bn, gn or ln");
}

} // namespace example
