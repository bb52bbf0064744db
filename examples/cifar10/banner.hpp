#pragma once

#include "learner.hpp"
#include "options.hpp"

#include <string>
#include <utility>
#include <vector>

namespace example {

/// Names and values, in the order in which they are shown.
using Banner = std::vector<std::pair<std::string, std::string>>;

/// What is going to be trained: on what, and by which recipe.
Banner make_banner(const TrainOptions& options, const Learner& learner, const TrainLoader& train_loader,
                   const TestLoader& test_loader, std::size_t memory_bytes);

/// Prints the banner and where the results go.
void print_banner(const Banner& banner, const std::filesystem::path& out);

} // namespace example
