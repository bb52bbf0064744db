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
    NetworkLearner(const LearnerOptions& options, Backend backend, const OptimizerOptions& optimizer_options)
        : model_(tr::KaimingUniform{}, options.seed, std::move(backend)), optimizer_(model_, optimizer_options),
          loss_{.label_smoothing = static_cast<float>(options.label_smoothing)} {}

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
    void restore(const tr::Checkpoint& checkpoint) override { checkpoint.restore(model_, optimizer_); }
    void save_weights(const std::filesystem::path& path, const Metadata& metadata) const override {
        tr::save_weights(path, model_, metadata);
    }
    void load_weights(const std::filesystem::path& path) override { tr::load_weights(path, model_); }

    int threads() const override { return model_.backend().threads(); }
    std::size_t state_bytes() const override {
        const std::size_t buffers = 2 + std::tuple_size_v<decltype(std::declval<Optimizer&>().moments())>;
        return (buffers * Network::parameter_count + Network::statistic_count) * sizeof(typename Backend::Scalar);
    }
    std::size_t training_bytes(int images) const override { return model_.training_bytes(images, threads()); }

private:
    tr::Model<Network, Backend> model_;
    Optimizer optimizer_;
    tr::CrossEntropy loss_;
};

template <class Network, class Backend>
std::unique_ptr<Learner> make_network_learner(const LearnerOptions& options, const Backend& backend) {
    const auto with = [&]<class Optimizer>(std::type_identity<Optimizer>, const auto& optimizer_options) {
        return std::make_unique<NetworkLearner<Network, Backend, Optimizer>>(options, backend, optimizer_options);
    };
    const tr::AdamOptions adam{.weight_decay = options.weight_decay};
    if (options.optimizer == "adam") return with(std::type_identity<tr::Adam<Backend>>{}, adam);
    if (options.optimizer == "adamw") return with(std::type_identity<tr::AdamW<Backend>>{}, adam);
    if (options.optimizer == "sgd")
        return with(std::type_identity<tr::Sgd<Backend>>{}, tr::SgdOptions{.weight_decay = options.weight_decay});
    throw tr::Error("--optimizer: there is no optimizer '" + options.optimizer + "'; give adam, adamw or sgd");
}

/// The networks that the program knows, on one backend.
template <class Backend>
std::unique_ptr<Learner> make_learner_on(const std::string& norm, const LearnerOptions& options,
                                         const Backend& backend) {
    if (norm == "bn") return make_network_learner<tr::S10Network<tr::BatchNorm>>(options, backend);
    if (norm == "gn") return make_network_learner<tr::S10Network<tr::GroupNorm<4>>>(options, backend);
    if (norm == "ln") return make_network_learner<tr::S10Network<tr::LayerNorm>>(options, backend);
    throw tr::Error("--norm: there is no norm '" + norm + "'; give bn, gn or ln");
}

} // namespace example
