#include "banner.hpp"

#include "augmentation.hpp"
#include "programs/text.hpp"

namespace example {

namespace {

std::string optimizer(const Recipe& recipe) {
    std::string text = recipe.optimizer +
                       printed(", weight decay %g, label smoothing %g", recipe.weight_decay, recipe.label_smoothing);
    if (recipe.clip_norm > 0) text += printed(", gradients of norm %g at most", recipe.clip_norm);
    if (recipe.ema > 0) text += printed(", averaged weights (decay %g)", recipe.ema);
    return text;
}

std::string rates(const Recipe& recipe) {
    std::string text = "one cycle: up to " + (recipe.finds_max_lr() ? "what the range test finds" : recipe.max_lr) +
                       printed(" at epoch %g, from and to a hundredth of it", recipe.peak_epoch());
    if (recipe.frozen_epochs > 0) text += printed("; %d epochs with the head alone", recipe.frozen_epochs);
    if (recipe.body_rate != 1.0) text += printed("; all but the head at %g of it", recipe.body_rate);
    return text;
}

std::string images(const RunState& state) {
    std::string text =
        with_commas(state.train_images) + " to train on, " + with_commas(state.validation_images) + " to validate on";
    if (state.test_images > 0) text += ", " + with_commas(state.test_images) + " to test on";
    return text;
}

std::string balance(const Recipe& recipe) {
    if (recipe.balance == "weights") return "; rare classes weigh more in the loss";
    return recipe.balance == "sampler" ? "; classes are drawn equally often" : "";
}

} // namespace

Banner make_banner(const TrainOptions& options, const RunState& state, const Learner& learner, int batches_per_epoch,
                   int loader_threads, std::size_t memory_bytes) {
    const Recipe& recipe = options.recipe;
    const int side = state.notes.height;
    Banner banner{
        {"recipe", recipe.name},
        {"backend", options.machine.backend + ", " + options.machine.precision},
        {"instruction set", learner.instruction_set()},
        {"threads", threads_text(options.machine, learner.threads()) + ", and " + std::to_string(loader_threads) +
                        " more that read pictures"},
        {"data", state.data_name},
        {"images", images(state)},
        {"classes", std::to_string(state.notes.class_names.size()) + balance(recipe)},
        {"network", recipe.network + " for " + std::to_string(side) + " x " + std::to_string(side) + " pixels, " +
                        with_commas(learner.parameter_count()) + " parameters"},
        {"optimizer", optimizer(recipe)},
        {"learning rate", rates(recipe)},
        {"epochs", std::to_string(recipe.epochs) + " of " + std::to_string(batches_per_epoch) + " batches of " +
                       std::to_string(recipe.batch_size) +
                       (recipe.patience > 0 ? printed(", or until %d without improvement", recipe.patience) : "")},
        {"augmentation", augmentation_text(recipe)},
        {"seed", std::to_string(recipe.seed)},
        {"memory", printed("%.2f GB planned", static_cast<double>(memory_bytes) / 1e9)}};
    if (!options.init.empty()) banner.emplace_back("starts from", options.init.string());
    return banner;
}

} // namespace example
