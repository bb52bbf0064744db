#pragma once

#include "learner.hpp"
#include "options.hpp"

namespace example {

/// Prints what is going to be trained: on what, by which recipe, and where the results go.
void print_banner(const TrainOptions& options, const Learner& learner, const TrainLoader& train_loader,
                  const TestLoader& test_loader, std::size_t memory_bytes);

} // namespace example
