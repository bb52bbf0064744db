#include "record.hpp"

#include "data.hpp"
#include "programs/text.hpp"
#include "programs/text_file.hpp"

#include <algorithm>
#include <cmath>
#include <tinyres/optim/one_cycle.hpp>

namespace example {

namespace {

constexpr int all_train_images = 50'000; // of CIFAR-10 and of the synthetic set
constexpr int all_test_images = 10'000;

int limited(int limit, int all) {
    return limit == 0 ? all : std::min(limit, all);
}

RateCurve rates_of(const RunState& state) {
    const Recipe& recipe = state.recipe;
    const int steps = (limited(recipe.limit_train, all_train_images) - 1) / recipe.batch_size + 1;
    const tr::OneCycle schedule{
        {.max_lr = state.max_lr, .epochs = recipe.epochs, .peak_epoch = recipe.peak(), .steps_per_epoch = steps}};
    RateCurve curve{.points = {},
                    .highest = state.max_lr,
                    .peak_epoch = recipe.peak(),
                    .subtitle = "One cycle; a dot where an epoch of the run began",
                    .description =
                        printed("The learning rate rises in a straight line from %.2g to %.3g at epoch %.3g and falls "
                                "to %.2g at epoch %d.",
                                state.max_lr / 100, state.max_lr, recipe.peak(), state.max_lr / 100, recipe.epochs),
                    .words = printed("One cycle: from %.2g up to %.3g at epoch %.3g and down again, step by step.",
                                     state.max_lr / 100, state.max_lr, recipe.peak())};
    constexpr int places = 240;
    std::vector<std::int64_t> shown{std::llround(recipe.peak() * steps)}; // the tip belongs to the picture
    for (int place = 0; place <= places; ++place) shown.push_back(schedule.total_steps() * place / places);
    std::sort(shown.begin(), shown.end());
    for (const std::int64_t step : shown)
        curve.points.emplace_back(static_cast<double>(step) / steps, schedule.learning_rate(step));
    return curve;
}

/// The command that trains by the same recipe, with what is not its default.
std::string command(const RunState& state) {
    std::string text = "cifar10 train";
    if (!state.data.empty()) text += " --data " + shell_word(state.data);
    if (!state.init.empty()) text += " --init " + shell_word(state.init);
    Recipe defaults;
    defaults.epochs = state.recipe.epochs; // on which the default of the peak depends
    const Flags usual = to_text(defaults);
    for (const auto& [flag, value] : to_text(state.recipe))
        if (usual.at(flag) != value || flag == "epochs" || flag == "seed")
            text += " --" + flag + ' ' + shell_word(value);
    if (!state.backend.empty() && state.backend != Machine{}.backend) text += " --backend " + state.backend;
    if (!state.precision.empty() && state.precision != Machine{}.precision) text += " --precision " + state.precision;
    return text;
}

std::string lead(const Recipe& recipe) {
    const char* norm = recipe.norm == "gn" ? "GroupNorm" : recipe.norm == "ln" ? "LayerNorm" : "BatchNorm";
    return std::string("A ResNet with ") + norm + ", trained by " + recipe.optimizer + " in batches of " +
           std::to_string(recipe.batch_size) + "; seed " + std::to_string(recipe.seed) + '.';
}

tr::Picture picture_of_image(const tr::Dataset& dataset, int index) {
    const auto pixels = dataset.image(index);
    return {dataset.width, dataset.height, {pixels.begin(), pixels.end()}};
}

/// The first image of each class, as it is and what augmentation makes of it in the first epochs.
std::vector<AugmentedImage> augmented_images(const tr::Dataset& train_set, const Recipe& recipe) {
    const int count = std::min(most_augmented_looked_at, limited(recipe.limit_train, train_set.size()));
    std::map<int, int> first; // image of a class
    for (int index = 0; index < count; ++index) first.emplace(train_set.labels[static_cast<std::size_t>(index)], index);
    std::vector<AugmentedImage> result;
    result.reserve(first.size());
    for (const auto& [label, index] : first)
        result.push_back(
            {train_set.class_names[static_cast<std::size_t>(label)], {picture_of_image(train_set, index)}});
    // Seed, epoch and index determine what happens to an image, so it is here what it is in the shuffled batches.
    TrainLoader loader{
        train_set, tr::cifar10_augmentation(), {.batch_size = count, .seed = recipe.seed, .limit = count}};
    for (int epoch = 0; epoch < shown_epochs; ++epoch)
        for (const tr::Batch& batch : loader.epoch(epoch)) {
            auto image = result.begin();
            for (const auto& [label, index] : first) {
                const std::size_t size = train_set.image_size();
                const auto pixels = batch.images.subspan(static_cast<std::size_t>(index) * size, size);
                (image++)->versions.push_back(
                    picture_of(pixels, train_set.height, train_set.width, tr::cifar10_normalization()));
            }
        }
    return result;
}

} // namespace

RunRecord make_record(const RunState& state, const std::filesystem::path& folder,
                      const std::filesystem::path& weights) {
    std::vector<HistoryRow> history = state.history.rows();
    if (history.empty() || std::ssize(history) != state.epochs_done)
        throw tr::Error("'" + weights.string() + "' is of " + std::to_string(state.epochs_done) +
                        " epochs, its history of " + std::to_string(history.size()) +
                        "; put back the files of one run");
    const Recipe& recipe = state.recipe;
    Banner facts = state.banner;
    if (facts.empty()) // of an old run
        for (const auto& [flag, value] : to_text(recipe)) facts.emplace_back(flag, value);
    RunRecord record{.program = "cifar10",
                     .title = subject_of(state.data),
                     .lead = lead(recipe),
                     .facts = std::move(facts),
                     .command = command(state),
                     .augmentation = "It moves by up to 4 pixels, and is at times mirrored or has a hole.",
                     .test_name = "test",
                     .test_images = limited(recipe.limit_test, all_test_images),
                     .epochs = recipe.epochs,
                     .finished = state.epochs_done == recipe.epochs,
                     .max_lr = state.max_lr,
                     .finds_max_lr = recipe.finds_max_lr(),
                     .backend = state.backend,
                     .peak_memory_bytes = state.peak_memory_bytes,
                     .rates = rates_of(state),
                     .judged = history.size() - 1,
                     .range_test = read_range_test(folder / "lr_finder.csv", recipe.rule(), subject_of(state.data)),
                     .weights = weights};
    record.history = std::move(history);
    if (state.data == synthetic_source)
        record.notice = "The images are synthetic: drawn shapes, no photographs. The numbers show that training works "
                        "and say nothing about CIFAR-10.";
    return record;
}

SavedRun read_run(const std::filesystem::path& folder) {
    const auto saved = [&](const RunState& state, const std::filesystem::path& weights) {
        return SavedRun{state, make_record(state, folder, weights)};
    };
    const std::filesystem::path checkpoint = folder / "checkpoint.safetensors", model = folder / "model.safetensors",
                                history = folder / "history.csv";
    std::error_code unknown;
    if (std::filesystem::exists(checkpoint, unknown)) return saved(read_state(checkpoint), checkpoint);
    if (!std::filesystem::exists(model, unknown))
        throw tr::Error("--out: " + folder.string() +
                        " holds no run (no checkpoint.safetensors, no model.safetensors); name the directory that a "
                        "training has written to");
    const std::optional<std::string> csv = text_of(history);
    if (!csv)
        throw tr::Error("--out: there is neither " + history.string() +
                        " nor a checkpoint, so nothing tells how the run went; put one of them back");
    const auto epochs = [&] {
        try {
            return History{*csv, history.string()};
        } catch (const tr::Error& error) {
            throw tr::Error(std::string(error.what()) + "; put back a copy of it, or the run's checkpoint");
        }
    }();
    return saved(read_finished_state(model, epochs), model);
}

ImageFindings find_in_images(const Learner& learner, const Recipe& recipe, const tr::Dataset& train_set,
                             const tr::Dataset& test_set, TestLoader& loader) {
    Predictions predictions{test_set.class_names,
                            std::span{test_set.labels}.first(static_cast<std::size_t>(loader.size())),
                            learner.predict(loader)};
    std::vector<Mistake> mistakes =
        surest_mistakes([&](int image) { return picture_of_image(test_set, image); }, predictions);
    return {std::move(predictions), augmented_images(train_set, recipe), std::move(mistakes)};
}

} // namespace example
