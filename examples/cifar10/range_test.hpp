#pragma once

#include "learner.hpp"
#include "options.hpp"

#include <filesystem>
#include <tinyres/optim/lr_finder.hpp>

namespace example {

/// The learning-rate range test for a recipe, on a fresh model with the recipe's seed; shows how far it is.
tr::LrFinder range_test(const RunOptions& options, TrainLoader& loader, const tr::LrFinderOptions& finder_options = {});

/// Prints what a range test suggests and writes its curve to lr_finder.csv and lr_finder.svg in `directory`. Throws
/// Error when there is nothing to suggest; the files are written nevertheless.
tr::LrSuggestion report(const tr::LrFinder& finder, const std::filesystem::path& directory, bool synthetic);

} // namespace example
