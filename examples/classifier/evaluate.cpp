#include "augmentation.hpp"
#include "options.hpp"
#include "programs/csv.hpp"
#include "programs/report/predictions.hpp"
#include "programs/status_line.hpp"
#include "programs/text.hpp"
#include "programs/weights_file.hpp"
#include "run_data.hpp"
#include "trained.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

/// The recipe's entries in a file of weights say how its validation set was split off.
std::string note_or(const tr::Safetensors& file, const std::string& flag, const std::string& otherwise) {
    const auto found = file.metadata().find("tinyres-classifier." + flag);
    return found == file.metadata().end() ? otherwise : found->second;
}

DataOptions data_options(const EvaluateOptions& options, const tr::Safetensors& file, int threads) {
    DataOptions result{.skip_unreadable = options.skip_unreadable, .threads = threads};
    try {
        result.validation_fraction = options.validation_fraction > 0
                                         ? options.validation_fraction
                                         : std::stod(note_or(file, "validation-fraction", "0.2"));
        result.seed = options.seed > 0 ? options.seed : std::stoull(note_or(file, "seed", "1"));
    } catch (const std::logic_error&) {
        throw tr::Error("'" + file.path().string() +
                        "' does not say how its pictures were split; give "
                        "--validation-fraction and --seed");
    }
    return result;
}

/// The part of the data that `split` names, and what it is called. "auto" is what the network has not learned from: the
/// test set, or the validation set of the pictures that it was trained on, or all of others.
std::pair<Pictures, std::string> part_named(const PictureData& data, const std::string& split, bool trained_on_these) {
    if (split == "train") return {data.train, "Training set"};
    if (split == "validation") return {data.validation, "Validation set"};
    if (split == "all") return {all_of(data), "All pictures"};
    if (data.test) return {data.test, "Test set"};
    if (split == "test") throw tr::Error("--split: the data have no test set; give validation, train or all");
    if (trained_on_these) return {data.validation, "Validation set"};
    return {all_of(data), "All pictures"};
}

/// Labels of the data set as numbers of the weights' classes. Throws Error for a class that these do not know.
std::vector<std::int32_t> labels_of(const PictureSet& pictures, const std::vector<std::string>& names,
                                    const std::vector<std::string>& known) {
    std::vector<std::int32_t> numbers;
    for (const std::string& name : names) {
        const auto found = std::ranges::find(known, name);
        if (found == known.end())
            throw tr::Error("--data: the weights know no class '" + name + "'; they know " +
                            std::to_string(known.size()) + ", such as '" + known.front() + "'");
        numbers.push_back(static_cast<std::int32_t>(found - known.begin()));
    }
    std::vector<std::int32_t> labels;
    labels.reserve(static_cast<std::size_t>(pictures.size()));
    for (int index = 0; index < pictures.size(); ++index)
        labels.push_back(numbers[static_cast<std::size_t>(pictures.label(index))]);
    return labels;
}

/// Recall and precision of each class, in columns.
void print_classes(const Predictions& predictions) {
    const std::vector<std::vector<int>> counts = predictions.confusion();
    std::size_t widest = 5;
    for (const std::string& name : predictions.classes()) widest = std::max(widest, columns_of(name));
    std::printf("\n  %-*s  %8s  %9s  %9s\n", static_cast<int>(widest), "class", "images", "accuracy", "precision");
    for (std::size_t label = 0; label < counts.size(); ++label) {
        int images = 0, taken = 0;
        for (std::size_t other = 0; other < counts.size(); ++other) {
            images += counts[label][other];
            taken += counts[other][label];
        }
        const auto share = [&](int of) {
            return of == 0 ? std::string("-") : printed("%.2f%%", 100.0 * counts[label][label] / of);
        };
        const std::string& name = predictions.classes()[label];
        std::printf("  %s%*s  %8d  %9s  %9s\n", name.c_str(), static_cast<int>(widest - columns_of(name)), "", images,
                    share(images).c_str(), share(taken).c_str());
    }
}

std::string predictions_csv(const PictureSet& pictures, const Predictions& predictions) {
    std::string text = "file,truth,prediction,probability,probability_of_truth\n";
    const auto name = [&](int label) { return csv_field(predictions.classes()[static_cast<std::size_t>(label)]); };
    for (int index = 0; index < predictions.size(); ++index) {
        const int truth = predictions.label(index), taken_for = predictions.predicted(index);
        text +=
            csv_field(pictures.name(index)) + ',' + name(truth) + ',' + name(taken_for) +
            printed(",%.6f,%.6f\n", predictions.probability(index, taken_for), predictions.probability(index, truth));
    }
    return text;
}

} // namespace

void evaluate(const EvaluateOptions& options) {
    check_machine(options.machine);
    if (options.batch_size < 1)
        throw tr::Error("--batch-size: " + std::to_string(options.batch_size) + " is impossible; give 1 or more");
    if (!options.predictions.empty()) require_output("--predictions", options.predictions, options.weights);
    const Trained trained = read_trained(options.weights, options.machine);
    const int threads = loader_threads(options.loader_threads);
    const PictureData data = open_data(options.data, data_options(options, trained.file, threads));
    const auto [pictures, set] =
        part_named(data, options.split,
                   options.split == "auto" && data.fingerprint() == note_or(trained.file, "data-fingerprint", ""));
    const std::vector<std::string>& classes = trained.notes.class_names;
    const std::vector<std::int32_t> labels = labels_of(*pictures, data.class_names, classes);

    const SizedImages images{data.name, pictures, data.class_names, trained.notes.height, plain_fit(trained.notes)};
    const std::unique_ptr<Batches> batches = make_batches(images, tr::normalization_of(trained.notes),
                                                          {.batch_size = options.batch_size, .threads = threads});
    StatusLine status{set, batches->size(), StatusLine::Elsewhere::nothing};
    std::vector<float> probabilities = trained.learner->predict(
        *batches, [&](int done) { status.update(done, printed("%.0f images/s", done / status.seconds())); });
    status.clear();
    require_finite(options.weights, "a probability that it gives", probabilities);
    const Predictions predictions{classes, labels, std::move(probabilities)};
    double loss = 0;
    for (int index = 0; index < predictions.size(); ++index)
        loss -= std::log(std::max(predictions.probability(index, predictions.label(index)), 1e-38));
    std::printf(
        "Data: %s\n%s\n", data.name.c_str(),
        result_line(set, {.loss_sum = loss, .correct = predictions.correct(), .count = predictions.size()}).c_str());
    print_classes(predictions);
    if (!options.predictions.empty())
        tr::write_text_file_atomically(options.predictions, predictions_csv(*pictures, predictions));
}

} // namespace example
