#include "record.hpp"

#include "augmentation.hpp"
#include "programs/status_line.hpp"
#include "programs/text.hpp"
#include "trained.hpp"

#include <algorithm>
#include <cstdio>
#include <tinyres/data/resize.hpp>

namespace example {

namespace {

/// The classes whose augmented pictures are shown.
constexpr std::size_t shown_classes = 12;
/// Pictures in a report have at most so many pixels a side.
constexpr int largest_shown = 112;

std::string command(const RunState& state) {
    std::string text = "tinyres-classifier train --data " + shell_word(state.data);
    if (!state.init.empty()) text += " --init " + shell_word(state.init);
    if (state.skip_unreadable) text += " --skip-unreadable";
    const Flags usual = to_text(recipe_named(state.recipe.name));
    for (const auto& [flag, value] : to_text(state.recipe))
        if (usual.at(flag) != value || flag == "recipe" || flag == "network" || flag == "seed")
            text += " --" + flag + ' ' + shell_word(value);
    if (state.backend != Machine{}.backend) text += " --backend " + state.backend;
    if (state.precision != Machine{}.precision) text += " --precision " + state.precision;
    return text;
}

RateCurve rate_curve(const RunState& state) {
    const Recipe& recipe = state.recipe;
    const int steps = (state.train_images - 1) / recipe.batch_size + 1;
    const Rates rates = rates_of(state, steps);
    const double peak = recipe.peak_epoch();
    RateCurve curve{.points = {},
                    .highest = state.max_lr,
                    .peak_epoch = peak,
                    .subtitle = "One cycle; a dot where an epoch of the run began",
                    .description = printed("The learning rate rises in a straight line to %.3g at epoch %.3g and falls "
                                           "to a hundredth of it at epoch %d.",
                                           state.max_lr, peak, recipe.epochs),
                    .words = printed("One cycle: from %.2g up to %.3g at epoch %.3g and down again, step by step.",
                                     state.max_lr / 100, state.max_lr, peak)};
    constexpr int places = 240;
    const std::int64_t all = std::int64_t{recipe.epochs} * steps;
    std::vector<std::int64_t> shown{std::llround(peak * steps)}; // the tip belongs to the picture
    for (int place = 0; place <= places; ++place) shown.push_back(all * place / places);
    std::sort(shown.begin(), shown.end());
    for (const std::int64_t step : shown)
        curve.points.emplace_back(static_cast<double>(step) / steps, rates.learning_rate(step));
    return curve;
}

/// A picture as a report shows it.
tr::Picture shown(tr::Picture picture) {
    const int longest = std::max(picture.width, picture.height);
    if (longest <= largest_shown) return picture;
    const auto scaled = [&](int side) { return std::max(1, side * largest_shown / longest); };
    return tr::resize(picture, scaled(picture.width), scaled(picture.height));
}

/// The first training picture of each of the first classes, and what augmentation makes of it in the first epochs.
std::vector<AugmentedImage> augmented_images(const RunData& data, const RunState& state) {
    const PictureSet& pictures = *data.data().train;
    std::map<std::int32_t, int> first; // picture of a class
    for (int index = 0; index < pictures.size() && first.size() < shown_classes; ++index)
        first.emplace(pictures.label(index), index);
    std::vector<int> indices;
    std::vector<AugmentedImage> result;
    const PictureFit fit = plain_fit(state.notes);
    tr::RandomStream nothing_random{{}};
    for (const auto& [label, index] : first) {
        indices.push_back(index);
        result.push_back({data.data().class_names[static_cast<std::size_t>(label)],
                          {shown(fit(pictures.picture(index), nothing_random))}});
    }
    const SizedImages some = data.augmented_part(std::move(indices));
    const std::unique_ptr<Batches> batches = data.augmented(some);
    const auto values = static_cast<std::size_t>(some.height) * static_cast<std::size_t>(some.width) * 3;
    for (int epoch = 0; epoch < shown_epochs; ++epoch)
        for (const tr::Batch& batch : batches->epoch(epoch))
            for (std::size_t i = 0; i < result.size(); ++i)
                result[i].versions.push_back(shown(picture_of(batch.images.subspan(i * values, values), some.height,
                                                              some.width, tr::normalization_of(state.notes))));
    return result;
}

ImageFindings find_in_images(Learner& learner, const RunData& data, const RunState& state) {
    const std::unique_ptr<Batches> batches = data.validation_batches();
    StatusLine status{"Report", batches->size(), StatusLine::Elsewhere::nothing};
    std::vector<float> probabilities =
        learner.predict(*batches, [&](int done) { status.update(done, "validation images"); });
    status.clear();
    const SizedImages& images = data.validation();
    std::vector<std::int32_t> labels;
    labels.reserve(static_cast<std::size_t>(images.size()));
    for (int index = 0; index < images.size(); ++index) labels.push_back(images.label(index));
    Predictions predictions{data.data().class_names, labels, std::move(probabilities)};
    const PictureFit fit = plain_fit(state.notes);
    std::vector<Mistake> mistakes = surest_mistakes(
        [&](int index) {
            tr::RandomStream nothing_random{{}};
            return shown(fit(images.pictures().picture(index), nothing_random));
        },
        predictions);
    return {std::move(predictions), augmented_images(data, state), std::move(mistakes)};
}

} // namespace

RunRecord make_record(const RunState& state, const std::filesystem::path& folder) {
    const Recipe& recipe = state.recipe;
    const bool has_best = std::filesystem::exists(best_weights(folder));
    RunRecord record{.program = "tinyres-classifier",
                     .title = subject_of(state),
                     .lead = recipe.network + " for " + std::to_string(state.notes.class_names.size()) +
                             " classes, trained by " + recipe.optimizer + " in batches of " +
                             std::to_string(recipe.batch_size) + "; recipe " + recipe.name + ", seed " +
                             std::to_string(recipe.seed) + '.',
                     .facts = state.banner,
                     .command = command(state),
                     .augmentation = "Augmentation: " + augmentation_text(recipe) + '.',
                     .test_name = "validation",
                     .test_images = state.validation_images,
                     .epochs = recipe.epochs,
                     .finished = state.finished(),
                     .max_lr = state.max_lr,
                     .finds_max_lr = recipe.finds_max_lr(),
                     .backend = state.backend,
                     .peak_memory_bytes = state.peak_memory_bytes,
                     .rates = rate_curve(state),
                     .history = state.history.rows(),
                     .judged = static_cast<std::size_t>((has_best ? state.best_epoch : state.epochs_done) - 1),
                     .range_test = read_range_test(folder / "lr_finder.csv", tr::LrRule::valley, subject_of(state)),
                     .weights = has_best ? best_weights(folder) : folder / "model.safetensors"};
    return record;
}

void write_run_report(const std::filesystem::path& folder, const RunState& state, const RunData& data,
                      const Machine& machine) {
    RunRecord record = make_record(state, folder);
    const Trained trained = read_trained(record.weights, machine);
    if (data.data().test) {
        const SizedImages images = data.plain(data.data().test);
        const std::unique_ptr<Batches> batches = data.batches_of(images);
        const std::string line = result_line("Test set", trained.learner->evaluate(*batches));
        std::printf("%s\n", line.c_str());
        record.facts.emplace_back("test", line);
    }
    write_report(folder, record, find_in_images(*trained.learner, data, state));
    std::printf("The report is %s\n", (folder / "report.html").c_str());
}

} // namespace example
