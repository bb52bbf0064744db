#include "run_state.hpp"

#include "programs/weights_file.hpp"

#include <tinyres/io/checkpoint.hpp>
#include <tinyres/optim/one_cycle.hpp>

namespace example {

namespace {

// Each entry begins with this; the recipe's go on with the flag.
const std::string prefix = "tinyres-classifier.";

using Metadata = std::map<std::string, std::string>;

/// What a trained model is.
Metadata model_notes(const RunState& state) {
    Metadata notes{{"format", "pt"}};
    tr::add_notes(notes, state.notes);
    for (const auto& [flag, value] : to_text(state.recipe)) notes[prefix + flag] = value;
    notes[prefix + "data-fingerprint"] = state.data_fingerprint;
    return notes;
}

Metadata to_notes(const RunState& state) {
    Metadata notes = model_notes(state);
    add_progress(notes, state, prefix);
    notes[prefix + "data-name"] = state.data_name;
    notes[prefix + "skip-unreadable"] = state.skip_unreadable ? "yes" : "no";
    notes[prefix + "train-images"] = std::to_string(state.train_images);
    notes[prefix + "validation-images"] = std::to_string(state.validation_images);
    notes[prefix + "test-images"] = std::to_string(state.test_images);
    notes[prefix + "best-epoch"] = std::to_string(state.best_epoch);
    notes[prefix + "stopped"] = state.stopped ? "yes" : "no";
    return notes;
}

tr::Error no_checkpoint(const std::filesystem::path& path) {
    return tr::Error("'" + path.string() + "' is not a checkpoint of this program; give one that it wrote");
}

} // namespace

std::string subject_of(const RunState& state) {
    return state.recipe.network + " on " + state.data_name;
}

Rates rates_of(const RunState& state, int batches_per_epoch) {
    const Recipe& recipe = state.recipe;
    const tr::OneCycle cycle{{.max_lr = state.max_lr,
                              .epochs = recipe.epochs,
                              .peak_epoch = recipe.peak_epoch(),
                              .steps_per_epoch = batches_per_epoch}};
    return {.of = [cycle](std::int64_t step) { return cycle.learning_rate(step); }, .epochs_in_all = recipe.epochs};
}

RunState read_state(const std::filesystem::path& path) {
    const tr::Checkpoint checkpoint = tr::Checkpoint::read(path);
    const std::optional<tr::ClassifierNotes> classifier = tr::read_notes(tr::Safetensors::read(path));
    if (!classifier) throw no_checkpoint(path);
    Flags recipe = to_text(Recipe{});
    for (auto& [flag, value] : recipe) value = checkpoint.note(prefix + flag);
    try {
        RunState state{{read_progress(checkpoint, prefix, path.string())}, recipe_from_text(recipe), *classifier};
        state.data_name = checkpoint.note(prefix + "data-name");
        state.data_fingerprint = checkpoint.note(prefix + "data-fingerprint");
        state.skip_unreadable = checkpoint.note(prefix + "skip-unreadable") == "yes";
        state.train_images = checkpoint.number<int>(prefix + "train-images");
        state.validation_images = checkpoint.number<int>(prefix + "validation-images");
        state.test_images = checkpoint.number<int>(prefix + "test-images");
        state.best_epoch = checkpoint.number<int>(prefix + "best-epoch");
        state.stopped = checkpoint.note(prefix + "stopped") == "yes";
        if (state.epochs_done < 1 || state.epochs_done > state.recipe.epochs || state.best_epoch < 1 ||
            state.best_epoch > state.epochs_done || std::ssize(state.history.rows()) != state.epochs_done)
            throw no_checkpoint(path);
        return state;
    } catch (const std::logic_error&) { // a note that is not a number
        throw no_checkpoint(path);
    } catch (const nlohmann::json::exception&) {
        throw no_checkpoint(path);
    }
}

void save_checkpoint(const std::filesystem::path& path, const RunState& state, Learner& learner,
                     tr::EarlyStopping& stopping) {
    tr::write_checkpoint(path, learner.training_state(stopping), to_notes(state));
}

void restore(Learner& learner, tr::EarlyStopping& stopping, const std::filesystem::path& checkpoint) {
    const tr::TrainingState state = tr::Checkpoint::read(checkpoint).state();
    tr::naming_file(checkpoint, [&] { learner.load_training_state(state, stopping); });
}

void save_weights(const std::filesystem::path& path, const RunState& state, Learner& learner) {
    tr::write_tensors(path, learner.state_dict(), model_notes(state));
}

std::filesystem::path best_weights(const std::filesystem::path& run) {
    return run / "best.safetensors";
}

TrainOptions resumed_options(TrainOptions options, const RunState& begun) {
    require_as_begun(to_text(begun.recipe), to_text(options.recipe), options.given);
    options.recipe = begun.recipe;
    go_on_as_begun(options, begun);
    options.skip_unreadable = begun.skip_unreadable;
    return options;
}

} // namespace example
