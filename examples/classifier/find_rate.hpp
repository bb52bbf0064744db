#pragma once

#include "compiled_network.hpp"
#include "options.hpp"
#include "run_state.hpp"

namespace example {

/// The learning-rate range test of a recipe, on a fresh model: shows how far it is, and writes and prints what it
/// suggests.
tr::LrSuggestion find_rate(const RunOptions& options, const CompiledNetwork& network,
                           const LearnerOptions& learner_options, Batches& batches, const RunState& state,
                           const tr::LrFinderOptions& finder_options, tr::LrRule rule = tr::LrRule::valley);

} // namespace example
