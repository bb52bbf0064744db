#include "run_state.hpp"

#include "programs/program.hpp"
#include "programs/weights_file.hpp"

#include <stdexcept>
#include <tinyres/data/cifar10.hpp>
#include <tinyres/data/synthetic.hpp>
#include <tinyres/io/checkpoint.hpp>

namespace example {

namespace {

// Each entry begins with this; the recipe's go on with the flag ("cifar10.norm").
const std::string prefix = "cifar10.";

using Metadata = std::map<std::string, std::string>;

std::string kind_of_data(const std::string& source) {
    return source == synthetic_source ? "synthetic" : "CIFAR-10";
}

/// What a trained model is.
Metadata model_notes(const RunState& state) {
    Metadata notes{{"format", "pt"}, {prefix + "images", kind_of_data(state.data)}};
    for (const auto& [flag, value] : to_text(state.recipe)) notes[prefix + flag] = value;
    return notes;
}

tr::Error no_checkpoint(const std::filesystem::path& path) {
    return tr::Error("'" + path.string() + "' is not a checkpoint of this program; give one that it wrote");
}

/// All of the state.
Metadata to_notes(const RunState& state) {
    Metadata notes = model_notes(state);
    add_progress(notes, state, prefix);
    return notes;
}

} // namespace

RunState read_state(const std::filesystem::path& path) {
    const tr::Checkpoint checkpoint = tr::Checkpoint::read(path);
    std::map<std::string, std::string> recipe = to_text(Recipe{});
    for (auto& [flag, value] : recipe) value = checkpoint.note(prefix + flag);
    try {
        RunState state{{read_progress(checkpoint, prefix, path.string())}, recipe_from_text(recipe)};
        if (state.epochs_done < 0 || state.epochs_done > state.recipe.epochs) throw no_checkpoint(path);
        return state;
    } catch (const std::logic_error&) { // a note that is not a number
        throw no_checkpoint(path);
    } catch (const nlohmann::json::exception&) {
        throw no_checkpoint(path);
    }
}

RunState read_finished_state(const std::filesystem::path& weights, const History& history) {
    const tr::Safetensors file = tr::Safetensors::read(weights);
    const std::vector<HistoryRow> rows = history.rows();
    try {
        std::map<std::string, std::string> recipe = to_text(Recipe{});
        for (auto& [flag, value] : recipe) value = file.metadata().at(prefix + flag);
        RunState state{
            {.backend = "",
             .precision = "",
             .data = file.metadata().at(prefix + "images") == kind_of_data(synthetic_source) ? synthetic_source : "",
             .epochs_done = static_cast<int>(rows.size()),
             .history = history},
            recipe_from_text(recipe)};
        // A cycle begins with a hundredth of its highest rate.
        state.max_lr = state.recipe.finds_max_lr() ? 100 * rows.at(0).lr : state.recipe.max_lr_number();
        return state;
    } catch (const std::logic_error&) { // a note that is missing or no number
        throw tr::Error("'" + weights.string() +
                        "' does not say by which recipe it was trained; give the directory of a run of this program");
    }
}

void save_checkpoint(const std::filesystem::path& path, const RunState& state, Learner& learner) {
    tr::write_checkpoint(path, learner.training_state(), to_notes(state));
}

void restore(Learner& learner, const std::filesystem::path& checkpoint) {
    const tr::TrainingState state = tr::Checkpoint::read(checkpoint).state();
    tr::naming_file(checkpoint, [&] { learner.load_training_state(state); });
}

void save_weights(const std::filesystem::path& path, const RunState& state, const Learner& learner) {
    tr::write_tensors(path, learner.state_dict(), model_notes(state));
}

void load_weights(Learner& learner, const tr::Safetensors& weights) {
    const std::vector<tr::NamedTensor> tensors = tr::read_tensors(weights);
    for (const tr::NamedTensor& tensor : tensors)
        require_finite(weights.path(), "tensor '" + tensor.name + "'", tensor.values);
    tr::LoadReport report;
    tr::naming_file(weights.path(), [&] { report = learner.load_state_dict(tensors); });
    if (!report.ignored_prefix.empty())
        print_note("the prefix '" + report.ignored_prefix + "' of all tensors in " + weights.path().string() +
                   " was ignored");
}

std::string norm_of(const tr::Safetensors& weights, const std::string& given) {
    const auto note = weights.metadata().find(prefix + "norm");
    std::string noted = note == weights.metadata().end() ? "" : note->second;
    if (noted.empty()) // another program's file; gn and ln have the same tensors
        for (const std::string& name : weights.names())
            if (name.ends_with(".running_mean")) noted = "bn";
    if (noted.empty() && given.empty())
        throw tr::Error("--norm: " + weights.path().string() + " does not say which norm its network has; give --norm");
    if (!noted.empty() && !given.empty() && noted != given)
        throw tr::Error("--norm: the weights in " + weights.path().string() + " belong to " + noted + ", not " + given +
                        "; leave the flag out");
    return noted.empty() ? given : noted;
}

std::unique_ptr<Learner> make_trained_learner(const tr::Safetensors& weights, const std::string& norm,
                                              const Machine& machine) {
    Recipe recipe;
    recipe.norm = norm_of(weights, norm);
    std::unique_ptr<Learner> learner = make_learner(recipe, machine);
    load_weights(*learner, weights);
    return learner;
}

std::vector<std::string> class_names_of(const tr::Safetensors& weights) {
    const auto images = weights.metadata().find(prefix + "images");
    const bool synthetic = images != weights.metadata().end() && images->second == kind_of_data(synthetic_source);
    if (synthetic) return {tr::synthetic::shape_names.begin(), tr::synthetic::shape_names.end()};
    return {tr::cifar10::class_names.begin(), tr::cifar10::class_names.end()};
}

TrainOptions resumed_options(TrainOptions options, const RunState& begun) {
    require_as_begun(to_text(begun.recipe), to_text(options.recipe), options.given);
    options.recipe = begun.recipe;
    go_on_as_begun(options, begun);
    if (kind_of_data(options.data) != kind_of_data(begun.data))
        throw tr::Error("--data: the run to resume was begun with " + begun.data + ", not " + options.data +
                        "; leave the flag out, or begin another run with another --out");
    return options;
}

} // namespace example
