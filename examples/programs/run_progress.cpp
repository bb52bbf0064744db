#include "run_progress.hpp"

#include "python_number.hpp"

#include <nlohmann/json.hpp>

namespace example {

void require_storable(const RunProgress& progress) {
    require_storable("data", progress.data);
    require_storable("init", progress.init);
}

void add_progress(std::map<std::string, std::string>& notes, const RunProgress& progress, const std::string& prefix) {
    notes[prefix + "backend"] = progress.backend;
    notes[prefix + "precision"] = progress.precision;
    notes[prefix + "data"] = progress.data;
    notes[prefix + "init"] = progress.init;
    notes[prefix + "epochs-done"] = std::to_string(progress.epochs_done);
    notes[prefix + "max-lr-used"] = python_number(progress.max_lr);
    notes[prefix + "history"] = progress.history.csv();
    notes[prefix + "banner"] = nlohmann::json(progress.banner).dump();
    notes[prefix + "peak-memory"] = std::to_string(progress.peak_memory_bytes);
}

RunProgress read_progress(const tr::Checkpoint& checkpoint, const std::string& prefix, const std::string& file) {
    return {.backend = checkpoint.note(prefix + "backend"),
            .precision = checkpoint.note(prefix + "precision"),
            .data = checkpoint.note(prefix + "data"),
            .init = checkpoint.note_or(prefix + "init", ""),
            .epochs_done = checkpoint.number<int>(prefix + "epochs-done"),
            .max_lr = std::stod(checkpoint.note(prefix + "max-lr-used")),
            .history = History{checkpoint.note(prefix + "history"), file},
            .banner = nlohmann::json::parse(checkpoint.note_or(prefix + "banner", "[]")).get<Banner>(),
            .peak_memory_bytes = std::stoull(checkpoint.note_or(prefix + "peak-memory", "0"))};
}

} // namespace example
