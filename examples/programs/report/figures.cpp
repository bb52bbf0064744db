#include "figures.hpp"

#include "../range_test.hpp"
#include "../text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace example {

namespace {

using plot::Axis;
using plot::Look;
using plot::Point;
using plot::Series;

/// A plot of more bars is too long to look at.
constexpr std::size_t most_bars = 40;

std::string epoch_text(const HistoryRow& row) {
    return "epoch " + std::to_string(row.epoch);
}

/// From the beginning of a run to its end.
Axis epoch_axis(const RunRecord& run, double low) {
    return {.label = "epoch", .low = low, .high = std::max<double>(run.epochs, low + 1), .whole = true};
}

/// One number of each epoch as a series.
template <class Number, class Title>
Series by_epoch(const RunRecord& run, std::string name, Look look, Number number, Title title) {
    Series series{.name = std::move(name), .look = look, .dots = true, .points = {}};
    for (const HistoryRow& row : run.history)
        series.points.push_back({static_cast<double>(row.epoch), number(row), epoch_text(row) + ": " + title(row)});
    return series;
}

std::pair<double, double> range_of(const std::vector<Series>& all) {
    double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
    for (const Series& series : all)
        for (const Point& point : series.points) {
            lowest = std::min(lowest, point.y);
            highest = std::max(highest, point.y);
        }
    return {lowest, highest};
}

/// The losses up to the lowest one fill the picture; of the climb when training breaks down, the beginning.
Axis range_test_axis(const std::vector<tr::LrFinderPoint>& curve) {
    double lowest = std::numeric_limits<double>::infinity(), highest = 0, before = 0;
    for (const tr::LrFinderPoint& point : curve) {
        before = std::max(before, point.smoothed);
        if (point.smoothed >= lowest) continue;
        lowest = point.smoothed;
        highest = before;
    }
    if (!std::isfinite(lowest)) lowest = 0;
    const double range = std::max(highest - lowest, 0.1 * std::abs(highest) + 1e-6);
    return plot::rounded_axis({.label = "loss (smoothed)"}, std::max(0.0, lowest - 0.1 * range), highest + 0.3 * range);
}

} // namespace

plot::LinePlot learning_rate_plot(const RunRecord& run) {
    Series line{.name = "schedule", .look = Look::first, .points = {}};
    for (const auto& [epoch, rate] : run.rates.points) line.points.push_back({epoch, rate, ""});
    Series dots{.name = "epochs done", .look = Look::first, .line = false, .dots = true, .points = {}};
    for (const HistoryRow& row : run.history)
        dots.points.push_back({row.epoch - 1.0, row.lr, epoch_text(row) + printed(" begins with %.3g", row.lr)});
    plot::LinePlot plot{.picture = {.name = "learning-rate",
                                    .title = "Learning rate",
                                    .subtitle = run.rates.subtitle,
                                    .description = run.rates.description},
                        .x = epoch_axis(run, 0),
                        .y = plot::rounded_axis({.label = "learning rate"}, 0, 1.05 * run.rates.highest),
                        .series = {line, dots}};
    plot.marks = {
        {.x = run.rates.peak_epoch, .y = run.rates.highest, .label = printed("highest: %.3g", run.rates.highest)}};
    return plot;
}

plot::LinePlot range_test_plot(const RangeTest& test, std::optional<double> used) {
    const std::vector<tr::LrFinderPoint>& curve = test.curve;
    Series line{.name = "loss", .look = Look::first, .points = {}};
    for (const tr::LrFinderPoint& point : curve)
        line.points.push_back({point.learning_rate, point.smoothed,
                               printed("rate %.2e: loss %.4f", point.learning_rate, point.smoothed)});
    const double low = curve.empty() ? 1e-6 : curve.front().learning_rate;
    plot::LinePlot plot{
        .picture = {.name = "lr-finder",
                    .title = "Learning-rate range test",
                    .subtitle = printed("%s, %d steps", test.subject.c_str(), static_cast<int>(curve.size())),
                    .description = "The smoothed loss over the learning rate, which grows from step to step."},
        .x = {.label = "learning rate",
              .low = low,
              .high = curve.size() < 2 ? 1.0 : curve.back().learning_rate,
              .logarithmic = true},
        .y = range_test_axis(curve),
        .series = {line}};
    if (test.suggestion) {
        const tr::LrSuggestion& found = *test.suggestion;
        plot.band = {found.min_lr, found.max_lr};
        plot.marks.push_back({.x = found.max_lr,
                              .y = curve[found.index].smoothed,
                              .label = printed("LRMAX %.2e (%s)", found.max_lr, name_of(test.rule)),
                              .look = Look::second});
        const std::string words = printed("; shaded: a cycle from %.2e to %.2e", found.min_lr, found.max_lr);
        plot.picture.subtitle += words;
        plot.picture.description += printed(" %s at %.2e.", reason_of(test.rule), found.max_lr);
    } else {
        plot.picture.subtitle += "; no suggestion: the loss never fell below its first values";
        plot.picture.description += " It never falls below its first values, so nothing is suggested.";
    }
    if (used && (!test.suggestion || std::abs(*used / test.suggestion->max_lr - 1) > 1e-6))
        plot.marks.push_back({.x = *used, .y = {}, .label = printed("this run: %.2e", *used)});
    return plot;
}

plot::LinePlot loss_plot(const RunRecord& run) {
    const auto title = [](const char* of, double loss) { return printed("%s loss %.4f", of, loss); };
    std::vector<Series> series{by_epoch(
                                   run, "train", Look::second, [](const HistoryRow& row) { return row.train_loss; },
                                   [&](const HistoryRow& row) { return title("train", row.train_loss); }),
                               by_epoch(
                                   run, run.test_name, Look::first, [](const HistoryRow& row) { return row.test_loss; },
                                   [&](const HistoryRow& row) { return title(run.test_name.c_str(), row.test_loss); })};
    const double highest = range_of(series).second;
    const HistoryRow &first = run.history.front(), &last = run.history.back();
    return {.picture = {.name = "loss",
                        .title = "Loss by epoch",
                        .subtitle = "",
                        .description = printed("From epoch 1 to %d the loss goes from %.4f to %.4f on the training "
                                               "images and from %.4f to %.4f on the %s images.",
                                               last.epoch, first.train_loss, last.train_loss, first.test_loss,
                                               last.test_loss, run.test_name.c_str())},
            .x = epoch_axis(run, std::min(1, run.epochs - 1)),
            .y = plot::rounded_axis({.label = "loss"}, 0, highest),
            .series = std::move(series)};
}

plot::LinePlot accuracy_plot(const RunRecord& run) {
    const auto title = [](const char* of, double share) { return printed("%s accuracy %.2f%%", of, 100 * share); };
    std::vector<Series> series{
        by_epoch(
            run, "train", Look::second, [](const HistoryRow& row) { return row.train_accuracy; },
            [&](const HistoryRow& row) { return title("train", row.train_accuracy); }),
        by_epoch(
            run, run.test_name, Look::first, [](const HistoryRow& row) { return row.test_accuracy; },
            [&](const HistoryRow& row) { return title(run.test_name.c_str(), row.test_accuracy); })};
    const auto [lowest, highest] = range_of(series);
    const HistoryRow &first = run.history.front(), &last = run.history.back();
    return {
        .picture = {.name = "accuracy",
                    .title = "Accuracy by epoch",
                    .subtitle = "",
                    .description = printed("From epoch 1 to %d the accuracy goes from %.2f%% to %.2f%% on the "
                                           "training images and from %.2f%% to %.2f%% on the %s images.",
                                           last.epoch, 100 * first.train_accuracy, 100 * last.train_accuracy,
                                           100 * first.test_accuracy, 100 * last.test_accuracy, run.test_name.c_str())},
        .x = epoch_axis(run, std::min(1, run.epochs - 1)),
        .y = plot::rounded_axis({.label = "accuracy", .percent = true}, std::max(0.0, lowest - 0.03),
                                std::min(1.0, highest + 0.03)),
        .series = std::move(series)};
}

plot::LinePlot speed_plot(const RunRecord& run) {
    std::vector<Series> series{by_epoch(
        run, "images a second", Look::first, [](const HistoryRow& row) { return row.images_per_second; },
        [](const HistoryRow& row) { return printed("%.1f images/s, %.1f s", row.images_per_second, row.seconds); })};
    const auto [lowest, highest] = range_of(series);
    return {.picture = {.name = "throughput",
                        .title = "Training throughput by epoch",
                        .subtitle = "",
                        .description = printed("Between %.1f and %.1f images a second.", lowest, highest)},
            .x = epoch_axis(run, std::min(1, run.epochs - 1)),
            .y = plot::rounded_axis({.label = "images a second"}, 0, highest),
            .series = std::move(series)};
}

plot::MatrixPlot confusion_plot(const RunRecord& run, const Predictions& predictions) {
    return {.picture = {.name = "confusion-matrix",
                        .title = "Confusion matrix",
                        .subtitle = with_commas(predictions.size()) + ' ' + run.test_name + " images",
                        .description = printed("%s of %s %s images lie on the diagonal: they are predicted rightly.",
                                               with_commas(predictions.correct()).c_str(),
                                               with_commas(predictions.size()).c_str(), run.test_name.c_str())},
            .row_name = "truth",
            .column_name = "prediction",
            .labels = predictions.classes(),
            .counts = predictions.confusion(),
            .title = [](const std::string& row, const std::string& column, int count, int total) {
                const double percent = total == 0 ? 0.0 : 100.0 * count / total;
                return row + (row == column ? " recognized: " : " taken for " + column + ": ") + std::to_string(count) +
                       " of " + std::to_string(total) + printed(" (%.1f%%)", percent);
            }};
}

plot::BarPlot class_plot(const RunRecord& run, const Predictions& predictions) {
    plot::BarPlot plot{
        .picture = {.name = "class-accuracy",
                    .title = "Accuracy by class",
                    .subtitle = with_commas(predictions.size()) + ' ' + run.test_name + " images",
                    .description = "The share of each class's " + run.test_name + " images that is predicted rightly."},
        .bars = {}};
    const std::vector<std::vector<int>> counts = predictions.confusion();
    plot.bars.reserve(counts.size());
    for (std::size_t label = 0; label < counts.size(); ++label) {
        int total = 0;
        for (const int count : counts[label]) total += count;
        const int right = counts[label][label];
        const double share = total == 0 ? 0.0 : static_cast<double>(right) / total;
        const std::string& name = predictions.classes()[label];
        plot.bars.push_back({.label = name,
                             .share = share,
                             .value = total == 0 ? "none" : printed("%.1f%%", 100 * share),
                             .title = name + ": " + std::to_string(right) + " of " + std::to_string(total)});
    }
    if (plot.bars.size() > most_bars) {
        std::stable_sort(plot.bars.begin(), plot.bars.end(),
                         [](const plot::Bar& a, const plot::Bar& b) { return a.share < b.share; });
        plot.picture.subtitle +=
            printed("; the %zu of %zu classes that are recognized worst", most_bars, counts.size());
        plot.bars.resize(most_bars);
    }
    return plot;
}

} // namespace example
