#pragma once

#include "head.hpp"
#include "learner.hpp"
#include "programs/backend_memory.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <tinyres/losses/first_outputs.hpp>
#include <tinyres/model/freeze.hpp>
#include <tinyres/optim/adam.hpp>
#include <tinyres/optim/lion.hpp>
#include <tinyres/optim/sgd.hpp>
#include <tinyres/train/evaluate.hpp>

namespace example {

/// The optimizer that the recipe names: no decay of norms and biases, and all but the head at its own rate.
template <class Network, class Backend>
std::unique_ptr<tr::Optimizer<Backend>> make_optimizer(const Recipe& recipe, const tr::Model<Network, Backend>& model) {
    const std::string head = head_name<Network>() + ".*";
    tr::ParameterRules rules{tr::no_decay_on_norms_and_biases};
    if (recipe.body_rate != 1.0 && recipe.body_rate > 0) {
        rules.push_back({"*", {.rate = recipe.body_rate}});
        rules.push_back({head, {.rate = 1.0 / recipe.body_rate}});
    }
    const tr::AdamOptions adam{.weight_decay = recipe.weight_decay};
    if (recipe.optimizer == "adamw") return std::make_unique<tr::AdamW<Backend>>(model, adam, rules);
    if (recipe.optimizer == "adam") return std::make_unique<tr::Adam<Backend>>(model, adam, rules);
    if (recipe.optimizer == "sgd")
        return std::make_unique<tr::Sgd<Backend>>(model, tr::SgdOptions{.weight_decay = recipe.weight_decay}, rules);
    if (recipe.optimizer == "lion")
        return std::make_unique<tr::Lion<Backend>>(model, tr::LionOptions{.weight_decay = recipe.weight_decay}, rules);
    throw tr::Error("--optimizer: there is no optimizer '" + recipe.optimizer + "'; give adamw, adam, sgd or lion");
}

/// The Learner of one network and backend; the backend's kernels must be included.
template <class Network, class Backend>
class NetworkLearner final : public Learner {
public:
    NetworkLearner(const LearnerOptions& options, Backend backend)
        : options_(options),
          model_(tr::KaimingUniform{}, options.recipe.seed, std::move(backend)),
          optimizer_(make_optimizer(options.recipe, model_)) {
        if (options.recipe.ema > 0)
            ema_.emplace(model_, tr::EmaOptions{.decay = options.recipe.ema, .statistics = true});
    }
    NetworkLearner(const NetworkLearner&) = delete; // the loss refers to the weights in the options
    NetworkLearner& operator=(const NetworkLearner&) = delete;

    tr::Metrics train_epoch(const Rates& rates, Batches& batches, int epoch, const OnBatch& on_batch) override {
        const Recipe& recipe = options_.recipe;
        tr::unfreeze(model_);
        if (epoch < recipe.frozen_epochs) {
            tr::freeze(model_, "*");
            tr::unfreeze(model_, head_ + ".*");
        }
        tr::UpdateOptions<Backend> update;
        if (recipe.clip_norm > 0) update.clip_norm = recipe.clip_norm;
        if (ema_) update.ema = &*ema_;
        return tr::train_epoch(model_, *optimizer_, rates, batches, epoch, training_loss(), on_batch, update);
    }
    void find_learning_rate(Batches& batches, tr::LrFinder& finder, const OnStep& on_step) override {
        tr::find_learning_rate(model_, *optimizer_, batches, finder, training_loss(), on_step);
    }
    tr::Metrics evaluate(Batches& batches) override {
        const auto averaged = use_averages();
        return tr::evaluate(model_, batches, Loss{tr::CrossEntropy{}, options_.classes});
    }
    std::vector<float> predict(Batches& batches, const std::function<void(int)>& on_batch) override {
        tr::require_image_size<Network>(batches);
        const auto averaged = use_averages();
        tr::Predictor<Network, Backend> predictor(model_);
        std::vector<float> probabilities, outputs;
        int done = 0;
        for (const tr::Batch& batch : batches.epoch(0)) {
            outputs.resize(static_cast<std::size_t>(batch.size()) * all_outputs);
            model_.backend().download(predictor(batch.images), std::span<float>(outputs));
            for (std::size_t first = 0; first < outputs.size(); first += all_outputs)
                append_softmax(std::span{outputs}.subspan(first, classes()), probabilities);
            done += batch.size();
            if (on_batch) on_batch(done);
        }
        return probabilities;
    }

    tr::TrainingState training_state(tr::EarlyStopping& stopping) override {
        return ema_ ? tr::training_state(model_, *optimizer_, stopping, *ema_)
                    : tr::training_state(model_, *optimizer_, stopping);
    }
    void load_training_state(const tr::TrainingState& state, tr::EarlyStopping& stopping) override {
        if (ema_)
            tr::load_training_state(model_, *optimizer_, state, stopping, *ema_);
        else
            tr::load_training_state(model_, *optimizer_, state, stopping);
    }
    std::vector<tr::NamedTensor> state_dict() override {
        const auto averaged = use_averages();
        std::vector<tr::NamedTensor> tensors = tr::state_dict(model_);
        for (tr::NamedTensor& tensor : tensors)
            if (is_head(tensor.name)) resize_rows(tensor, options_.classes);
        return tensors;
    }
    tr::LoadReport load_state_dict(std::vector<tr::NamedTensor> tensors, tr::Strict strict) override {
        for (tr::NamedTensor& tensor : tensors) {
            if (!is_head(tensor.name) || tensor.shape.empty() || tensor.shape.front() < 1) continue;
            if (tensor.shape.front() == options_.classes)
                resize_rows(tensor, static_cast<int>(all_outputs));
            else
                tensor.shape.front() = -tensor.shape.front(); // fits nothing, not even where it has all_outputs rows
        }
        return tr::load_state_dict(model_, std::span<const tr::NamedTensor>(tensors), strict);
    }

    int threads() const override { return model_.backend().threads(); }
    std::string instruction_set() const override {
        if constexpr (requires { Backend::Architecture::name(); })
            return Backend::Architecture::name();
        else
            return "plain loops";
    }
    int parameter_count() const override {
        int unused = 0;
        for (const tr::NetworkTensor& tensor : tr::network_tensors<Network>)
            if (tensor.spec.role == tr::Role::parameter && is_head(tensor.name.view()))
                unused += tensor.spec.size() / static_cast<int>(all_outputs) *
                          (static_cast<int>(all_outputs) - options_.classes);
        return Network::parameter_count - unused;
    }
    std::size_t checkpoint_bytes() const override {
        return (optimizer_->moments().size() + (ema_ ? 2 : 1)) * parameter_bytes + (ema_ ? 2 : 1) * statistic_bytes;
    }
    std::size_t memory_bytes(int batch_images, int test_images) const override {
        using Plan = tr::Plan<Network, Backend>;
        return (optimizer_->moments().size() + (ema_ ? 3 : 2)) * parameter_bytes + statistic_bytes +
               Plan::training_memory.bytes(batch_images, threads()) +
               Plan::prediction_memory.bytes(test_images, threads());
    }

    std::size_t memory_there() const override { return BackendMemory<Backend>::bytes(); }

private:
    using Loss = tr::FirstOutputs<tr::CrossEntropy>;
    static constexpr auto all_outputs = static_cast<std::size_t>(Network::output.size());
    static constexpr std::size_t parameter_bytes = Network::parameter_count * sizeof(typename Backend::Scalar);
    static constexpr std::size_t statistic_bytes = Network::statistic_count * sizeof(typename Backend::Scalar);

    std::size_t classes() const { return static_cast<std::size_t>(options_.classes); }
    Loss training_loss() const {
        return {{.label_smoothing = static_cast<float>(options_.recipe.label_smoothing),
                 .class_weights = options_.class_weights},
                options_.classes};
    }
    using Averages = typename tr::Ema<Backend>::template Use<Network>;
    /// The model has the averages as long as this is kept.
    std::unique_ptr<Averages> use_averages() { return ema_ ? std::make_unique<Averages>(*ema_, model_) : nullptr; }

    /// Whether a tensor, which may have the prefix of a wrapper in PyTorch, is of the layer that the outputs come from.
    bool is_head(std::string_view tensor) const {
        const std::string_view layer = tensor.substr(0, tensor.rfind('.'));
        return layer == head_ || layer.ends_with("." + head_);
    }
    static void append_softmax(std::span<const float> logits, std::vector<float>& probabilities) {
        const float greatest = *std::ranges::max_element(logits);
        double sum = 0;
        for (const float logit : logits) sum += std::exp(static_cast<double>(logit - greatest));
        for (const float logit : logits)
            probabilities.push_back(static_cast<float>(std::exp(static_cast<double>(logit - greatest)) / sum));
    }

    LearnerOptions options_;
    std::string head_ = head_name<Network>();
    tr::Model<Network, Backend> model_;
    std::unique_ptr<tr::Optimizer<Backend>> optimizer_;
    std::optional<tr::Ema<Backend>> ema_;
};

} // namespace example
