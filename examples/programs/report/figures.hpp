#pragma once

#include "../plot/bar_plot.hpp"
#include "../plot/line_plot.hpp"
#include "../plot/matrix_plot.hpp"
#include "predictions.hpp"
#include "run_record.hpp"

namespace example {

// What a report shows, as plots.

/// The learning rate of each step that the recipe has, with the epochs that were done as dots.
plot::LinePlot learning_rate_plot(const RunRecord& run);

/// Loss over learning rate, with the suggestion marked, and the rate that a run has used when that is another.
plot::LinePlot range_test_plot(const RangeTest& test, std::optional<double> used = {});

plot::LinePlot loss_plot(const RunRecord& run);
plot::LinePlot accuracy_plot(const RunRecord& run);
plot::LinePlot speed_plot(const RunRecord& run);

plot::MatrixPlot confusion_plot(const RunRecord& run, const Predictions& predictions);
/// Of many classes those that are recognized worst.
plot::BarPlot class_plot(const RunRecord& run, const Predictions& predictions);

} // namespace example
