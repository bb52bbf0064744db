#pragma once

#include "learner.hpp"
#include "options.hpp"

#include <filesystem>
#include <string>
#include <tinyres/optim/lr_finder.hpp>
#include <vector>

namespace example {

/// The learning-rate range test for a recipe, on a fresh model with the recipe's seed; shows how far it is.
tr::LrFinder range_test(const RunOptions& options, TrainLoader& loader, const tr::LrFinderOptions& finder_options = {});

/// The columns of lr_finder.csv.
inline const std::vector<std::string> range_test_columns{"learning_rate", "loss", "smoothed_loss"};

/// The rule as users name it.
inline const char* name_of(tr::LrRule rule) {
    return rule == tr::LrRule::valley ? "valley" : "steepest";
}

/// What the loss does at the rate that the rule suggests: "…" at 3.2e-4.
inline const char* reason_of(tr::LrRule rule) {
    return rule == tr::LrRule::valley ? "The loss has made half of its fall" : "The loss falls most steeply";
}

/// Prints what a range test suggests by `rule` and writes its curve to lr_finder.csv and lr_finder.svg in `directory`.
/// Throws Error when there is nothing to suggest; the files are written nevertheless.
tr::LrSuggestion report(const tr::LrFinder& finder, tr::LrRule rule, const std::filesystem::path& directory,
                        bool synthetic);

} // namespace example
