#pragma once

#include "options.hpp"
#include "stopwatch.hpp"

#include <functional>
#include <limits>
#include <tinyres/data/dataset.hpp>

namespace example {

namespace tr = tinyres;

struct Data {
    tr::Dataset train;
    tr::Dataset test;
};

/// What a row of the table and of the history says. Accuracies in [0, 1]; those that were not measured are NaN.
struct Row {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

    std::uint64_t seed = 0;
    int epoch = 0; ///< from 1
    double train_loss = unknown;
    double train_accuracy = unknown;
    double test_accuracy = unknown;
    double test_accuracy_of_views = unknown; ///< of the means over mirrored and moved images
    double seconds = 0.0;                    ///< from the beginning to the end of this epoch's training
    double seconds_with_test = unknown;      ///< to the end of the test after the last epoch
    double seconds_with_views = unknown;     ///< to the end of that of the means
};

/// Trains one network and tests it after the last epoch. `on_row` is called after each epoch; what it takes, and tests
/// after other epochs, is not counted by the watch. Throws tr::Error.
using OnRow = std::function<void(const Row&)>;
void run_fp32(const Options& options, const Data& data, std::uint64_t seed, Stopwatch& watch, const OnRow& on_row);
void run_bf16(const Options& options, const Data& data, std::uint64_t seed, Stopwatch& watch, const OnRow& on_row);

} // namespace example
