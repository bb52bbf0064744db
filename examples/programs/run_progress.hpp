#pragma once

#include "banner.hpp"
#include "history.hpp"
#include "weights_file.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tinyres/io/checkpoint.hpp>

namespace example {

/// How far a run is and what it runs on: what a checkpoint keeps beside the values of model and optimizer and beside
/// its recipe.
struct RunProgress {
    std::string backend;
    std::string precision;
    std::string data;    ///< an absolute path, or what else names images
    std::string init{};  ///< the absolute path of the weights that it began with; empty: drawn by the seed
    int epochs_done = 0; ///< of the recipe's
    double max_lr = 0.0; ///< what the recipe says or the finder found
    History history{};
    Banner banner{};                   ///< what the run has said about itself; empty in old checkpoints
    std::uint64_t peak_memory_bytes{}; ///< the most that its process has taken; 0 when that is not known
};

/// Gives `options` the machine, data and first weights that the run began with, except for flags that are given now.
/// Throws Error when these name other weights to start from.
template <class Options>
void go_on_as_begun(Options& options, const RunProgress& begun) {
    if (!options.given.contains("backend")) options.machine.backend = begun.backend;
    if (!options.given.contains("precision")) options.machine.precision = begun.precision;
    if (!options.given.contains("data")) options.data = begun.data;
    if (options.given.contains("init") && absolute_path(options.init) != begun.init)
        throw tr::Error("--init: the run to resume began with " +
                        (begun.init.empty() ? "weights drawn by its seed" : begun.init) + ", not those in " +
                        options.init.string() + "; leave out --init or --resume");
    options.init = begun.init;
}

/// Throws Error when no checkpoint can hold it: the path of the data or of the weights to start from is not UTF-8.
void require_storable(const RunProgress& progress);

/// Adds all of it to a checkpoint's notes; their names begin with `prefix`.
void add_progress(std::map<std::string, std::string>& notes, const RunProgress& progress, const std::string& prefix);

/// What add_progress has added. Throws Error when notes are missing, std::logic_error or nlohmann's exception when one
/// of them is wrong.
RunProgress read_progress(const tr::Checkpoint& checkpoint, const std::string& prefix, const std::string& file);

} // namespace example
