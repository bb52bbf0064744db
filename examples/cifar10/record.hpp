#pragma once

#include "programs/report/report.hpp"
#include "run_state.hpp"

namespace example {

/// What `state` and the folder of its run say; `weights` is the file that the state belongs to. Throws Error when the
/// history is not of as many epochs as the state.
RunRecord make_record(const RunState& state, const std::filesystem::path& folder, const std::filesystem::path& weights);

/// A run that was read from its folder.
struct SavedRun {
    RunState state;
    RunRecord record;
};

/// Reads a run's checkpoint.safetensors, or when that is gone model.safetensors and history.csv, which say less; and
/// lr_finder.csv when it is there. Throws Error, naming the file, when the folder holds no run of one epoch at least,
/// or when one of these files is damaged.
SavedRun read_run(const std::filesystem::path& folder);

/// The report looks at no more training images than so many: among them each class has one, but for very odd data.
inline constexpr int most_augmented_looked_at = 256;

/// What `learner` makes of the images: of those of the test by `loader`, which belongs to `test_set`.
ImageFindings find_in_images(const Learner& learner, const Recipe& recipe, const tr::Dataset& train_set,
                             const tr::Dataset& test_set, TestLoader& loader);

} // namespace example
