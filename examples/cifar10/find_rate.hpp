#pragma once

#include "learner.hpp"
#include "options.hpp"
#include "run_state.hpp"

namespace example {

/// The learning-rate range test for a recipe, on a fresh model with the recipe's seed: shows how far it is, and writes
/// and prints what it suggests.
tr::LrSuggestion find_rate(const RunOptions& options, TrainLoader& loader, const tr::LrFinderOptions& finder_options,
                           tr::LrRule rule);

} // namespace example
