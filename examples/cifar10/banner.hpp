#pragma once

#include "learner.hpp"
#include "options.hpp"
#include "programs/banner.hpp"

namespace example {

/// What is going to be trained: on what, and by which recipe.
Banner make_banner(const TrainOptions& options, const Learner& learner, const TrainLoader& train_loader,
                   const TestLoader& test_loader, std::size_t memory_bytes);

} // namespace example
