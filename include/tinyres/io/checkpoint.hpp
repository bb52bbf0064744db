#pragma once

// Needs nlohmann-json.

#include "tinyres/io/weights.hpp"

#include <charconv>

namespace tinyres::inline TINYRES_ARCH {

/// Saves all that a run needs to go on bit for bit: parameters, running statistics, the optimizer's moments
/// ("optimizer.exp_avg.<parameter>"), and as metadata seed, steps, the optimizer's name, and `notes` of the caller (the
/// recipe, the epoch). Values are stored as 32-bit floats, which rounds those of Reference<double>. The old file stays
/// until the new one is complete.
template <class Network, class Backend, class Optimizer>
void save_checkpoint(const std::filesystem::path& path, const Model<Network, Backend>& model, Optimizer& optimizer,
                     const std::map<std::string, std::string>& notes = {}) {
    std::vector<NamedTensor> tensors = state_dict(model);
    for (const auto& moment : optimizer.moments())
        append_tensors<Network>(model.backend(), Role::parameter, moment.values.data(),
                                "optimizer." + std::string(moment.name) + ".", tensors);
    std::map<std::string, std::string> metadata = notes;
    metadata["tinyres.kind"] = "checkpoint";
    metadata["tinyres.seed"] = std::to_string(model.seed());
    metadata["tinyres.steps"] = std::to_string(model.steps());
    metadata["tinyres.optimizer"] = Optimizer::name;
    metadata["tinyres.optimizer_steps"] = std::to_string(optimizer.steps());
    write_tensors(path, tensors, metadata);
}

/// A checkpoint in memory, its checksum verified.
class Checkpoint {
public:
    /// Throws Error when the file cannot be read, is damaged, or is no checkpoint.
    static Checkpoint read(const std::filesystem::path& path) {
        Checkpoint checkpoint{Safetensors::read(path)};
        if (!checkpoint.file_.has_checksum() || checkpoint.note("tinyres.kind") != "checkpoint")
            throw Error("'" + path.string() + "' is no checkpoint of a run; give one that training has written");
        return checkpoint;
    }

    /// The metadata entry `key`. Throws Error when there is none.
    const std::string& note(const std::string& key) const {
        const auto found = file_.metadata().find(key);
        if (found == file_.metadata().end())
            throw Error("'" + file_.path().string() + "' has no entry '" + key +
                        "'; give a checkpoint that training has written");
        return found->second;
    }

    /// The same as a whole number.
    template <class Integer>
    Integer number(const std::string& key) const {
        const std::string& text = note(key);
        Integer value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size())
            throw Error("'" + file_.path().string() + "' says " + key + " = '" + text +
                        "', which is no number; use another checkpoint");
        return value;
    }

    /// Brings model and optimizer to where they were. Throws Error, naming the file, when they are of another kind;
    /// both are then as before.
    template <class Network, class Backend, class Optimizer>
    void restore(Model<Network, Backend>& model, Optimizer& optimizer) const {
        if (note("tinyres.optimizer") != Optimizer::name)
            throw Error("'" + file_.path().string() + "' was written with the optimizer " + note("tinyres.optimizer") +
                        ", not " + std::string(Optimizer::name) + "; resume with the same one");
        const auto optimizer_steps = number<std::int64_t>("tinyres.optimizer_steps");
        const auto seed = number<std::uint64_t>("tinyres.seed");
        const auto steps = number<std::uint32_t>("tinyres.steps");
        try {
            const std::vector<NamedTensor> tensors = tinyres::read_tensors(file_);
            const auto read_moment = [&](const auto& moment, typename Backend::Scalar* to) {
                tinyres::read_tensors<Network>(model.backend(), Role::parameter, tensors,
                                               "optimizer." + std::string(moment.name) + ".", to);
            };
            auto trial = model.backend().template allocate<typename Backend::Scalar>(model.parameters().size());
            for (const auto& moment : optimizer.moments()) read_moment(moment, trial.data());
            load_state_dict(model, std::span<const NamedTensor>(tinyres::read_tensors(file_, "optimizer.")));
            for (const auto& moment : optimizer.moments()) read_moment(moment, moment.values.data()); // cannot fail now
        } catch (const Error& error) {
            throw Error("'" + file_.path().string() + "': " + error.what());
        }
        optimizer.set_steps(optimizer_steps);
        model.resume_at(seed, steps);
    }

private:
    explicit Checkpoint(Safetensors file) : file_(std::move(file)) {}

    Safetensors file_;
};

} // namespace tinyres::inline TINYRES_ARCH
