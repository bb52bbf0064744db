#pragma once

// Needs nlohmann-json.

#include "tinyres/io/weights.hpp"

#include <charconv>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace detail {

/// The metadata of a state's numbers begin with this.
inline constexpr std::string_view number_prefix = "tinyres.number.";

/// The shortest text that reads as the same number.
inline std::string exact_text(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

} // namespace detail

/// Saves the state of a run and `notes` of the caller (the recipe, the epoch) as metadata. The old file stays until the
/// new one is complete.
inline void write_checkpoint(const std::filesystem::path& path, const TrainingState& state,
                             const std::map<std::string, std::string>& notes = {}) {
    std::vector<TensorView> views;
    std::deque<std::int64_t> counters;
    detail::append_views(state.model, counters, views);
    detail::append_views(state.moments, counters, views);
    std::map<std::string, std::string> metadata = notes;
    metadata["tinyres.kind"] = "checkpoint";
    metadata["tinyres.seed"] = std::to_string(state.seed);
    metadata["tinyres.steps"] = std::to_string(state.steps);
    metadata["tinyres.optimizer"] = state.optimizer;
    metadata["tinyres.optimizer_steps"] = std::to_string(state.optimizer_steps);
    for (const auto& [name, value] : state.numbers)
        metadata[std::string(detail::number_prefix) + name] = detail::exact_text(value);
    write_safetensors(path, views, metadata);
}

/// Saves all that a run needs to go on bit for bit: model and optimizer, and `parts` with a state of their own, such as
/// a ReduceOnPlateau, an EarlyStopping or an Ema.
template <class Network, class Backend, class... Parts>
void save_checkpoint(const std::filesystem::path& path, const Model<Network, Backend>& model,
                     Optimizer<Backend>& optimizer, const std::map<std::string, std::string>& notes = {},
                     Parts&&... parts) {
    write_checkpoint(path, training_state(model, optimizer, parts...), notes);
}

/// A checkpoint in memory, its checksum verified.
class Checkpoint {
public:
    /// Throws Error when the file cannot be read, is damaged, or is not a checkpoint.
    static Checkpoint read(const std::filesystem::path& path) {
        Checkpoint checkpoint{Safetensors::read(path)};
        if (!checkpoint.file_.has_checksum() || checkpoint.note("tinyres.kind") != "checkpoint")
            throw Error("'" + path.string() + "' is not a checkpoint; give one that a training wrote");
        return checkpoint;
    }

    /// The metadata entry `key`. Throws Error when there is none.
    const std::string& note(const std::string& key) const {
        const auto found = file_.metadata().find(key);
        if (found == file_.metadata().end())
            throw Error("'" + file_.path().string() + "' has no entry '" + key +
                        "'; give a checkpoint that a training wrote");
        return found->second;
    }

    /// The metadata entry `key`, or `fallback` when there is none.
    std::string note_or(const std::string& key, const std::string& fallback) const {
        const auto found = file_.metadata().find(key);
        return found == file_.metadata().end() ? fallback : found->second;
    }

    /// The metadata entry `key` as a number.
    template <class Number>
    Number number(const std::string& key) const {
        const std::string& text = note(key);
        Number value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size())
            throw Error("'" + file_.path().string() + "' says " + key + " = '" + text +
                        "', which is not a number; use another checkpoint");
        return value;
    }

    /// The state of the run. Throws Error when the file lacks a part of it.
    TrainingState state() const {
        TrainingState state{.model = read_tensors(file_),
                            .moments = {},
                            .optimizer = note("tinyres.optimizer"),
                            .optimizer_steps = number<std::int64_t>("tinyres.optimizer_steps"),
                            .seed = number<std::uint64_t>("tinyres.seed"),
                            .steps = number<std::uint32_t>("tinyres.steps")};
        for (const auto& [key, text] : file_.metadata())
            if (key.starts_with(detail::number_prefix))
                state.numbers[key.substr(detail::number_prefix.size())] = number<double>(key);
        for (const TensorView& view : file_.tensors())
            if (view.name.starts_with(moment_prefix)) state.moments.push_back(detail::to_named_tensor(file_, view));
        return state;
    }

    /// Brings model, optimizer and the other parts that it was saved with to where they were. Throws Error, naming the
    /// file, when they are of another kind; all are then as before.
    template <class Network, class Backend, class... Parts>
    void restore(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, Parts&... parts) const {
        const TrainingState saved = state();
        naming_file(file_.path(), [&] { load_training_state(model, optimizer, saved, parts...); });
    }

private:
    explicit Checkpoint(Safetensors file) : file_(std::move(file)) {}

    Safetensors file_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
