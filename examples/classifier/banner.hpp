#pragma once

#include "learner.hpp"
#include "options.hpp"
#include "programs/banner.hpp"
#include "run_state.hpp"

namespace example {

/// What is going to be trained: on what, and by which recipe.
Banner make_banner(const TrainOptions& options, const RunState& state, const Learner& learner, int batches_per_epoch,
                   int loader_threads, std::size_t memory_bytes);

} // namespace example
