#pragma once

#include "../run_state.hpp"

#include <optional>
#include <tinyres/optim/lr_finder.hpp>
#include <vector>

namespace example {

/// What a range test has found.
struct RangeTest {
    std::vector<tr::LrFinderPoint> curve;
    tr::LrRule rule = tr::LrRule::valley;       ///< by which the suggestion was made
    std::optional<tr::LrSuggestion> suggestion; ///< nothing: the loss never fell below its first values
};

/// What the folder of a run says about it.
struct RunRecord {
    RunState state;
    std::vector<HistoryRow> history; ///< one epoch at least
    std::optional<RangeTest> range_test;
    std::filesystem::path weights; ///< the file that holds them

    bool synthetic() const { return state.data == synthetic_source; }
    bool finished() const { return state.epochs_done == state.recipe.epochs; }
};

/// What `state` and the folder of its run say; `weights` is the file that the state belongs to.
RunRecord make_record(RunState state, const std::filesystem::path& folder, const std::filesystem::path& weights);

/// Reads a run's checkpoint.safetensors, or when that is gone model.safetensors and history.csv, which say less; and
/// lr_finder.csv when it is there. Throws Error, naming the file, when the folder holds no run of one epoch at least,
/// or when one of these files is damaged.
RunRecord read_run(const std::filesystem::path& folder);

} // namespace example
