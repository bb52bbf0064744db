#include "table.hpp"

#include "programs/text.hpp"

#include <cmath>
#include <cstdio>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

std::string percent(double share) {
    return std::isnan(share) ? "" : printed("%.2f%%", 100.0 * share);
}

struct MeanAndDeviation {
    double mean = 0.0;
    double deviation = 0.0; ///< of the sample
};

template <class Value>
MeanAndDeviation over(const std::vector<Row>& rows, Value value) {
    const auto count = static_cast<double>(rows.size());
    double sum = 0.0, squares = 0.0;
    for (const Row& row : rows) sum += value(row);
    for (const Row& row : rows) squares += (value(row) - sum / count) * (value(row) - sum / count);
    return {sum / count, std::sqrt(squares / (count - 1.0))};
}

} // namespace

void Table::begin() const {
    tr::write_text_file_atomically(file_, history_.csv()); // an error now loses nothing
    std::printf("%6s  %5s  %13s  %8s  %13s  %14s  %8s\n", "seed", "epoch", "training loss", "accuracy", "test accuracy",
                "mean of views", "seconds");
    std::fflush(stdout);
}

void Table::add(const Row& row) {
    std::printf("%6llu  %5d  %13.4f  %8s  %13s  %14s  %8.1f\n", static_cast<unsigned long long>(row.seed), row.epoch,
                row.train_loss, percent(row.train_accuracy).c_str(), percent(row.test_accuracy).c_str(),
                percent(row.test_accuracy_of_views).c_str(), row.seconds);
    std::fflush(stdout);
    history_.append({static_cast<double>(row.seed), static_cast<double>(row.epoch), row.train_loss, row.train_accuracy,
                     row.test_accuracy, row.test_accuracy_of_views, row.seconds, row.seconds_with_test,
                     row.seconds_with_views});
    tr::write_text_file_atomically(file_, history_.csv());
    if (!std::isnan(row.test_accuracy_of_views)) finished_.push_back(row);
}

void Table::end() const {
    if (finished_.size() > 1) {
        const auto line = [&](const char* what, double factor, const char* unit, auto value) {
            const MeanAndDeviation numbers = over(finished_, value);
            std::printf("%s: %.2f%s, deviation %.2f, of %zu seeds\n", what, factor * numbers.mean, unit,
                        factor * numbers.deviation, finished_.size());
        };
        line("test accuracy", 100.0, "%", [](const Row& row) { return row.test_accuracy; });
        line("test accuracy of the mean of views", 100.0, "%",
             [](const Row& row) { return row.test_accuracy_of_views; });
        line("training", 1.0, " s", [](const Row& row) { return row.seconds; });
    } else {
        const Row& row = finished_.front();
        std::printf("%s of the test images after %.1f s; %s by the mean of 6 views\n",
                    percent(row.test_accuracy).c_str(), row.seconds, percent(row.test_accuracy_of_views).c_str());
        std::printf("testing took %.1f s, and %.1f s for all views\n", row.seconds_with_test - row.seconds,
                    row.seconds_with_views - row.seconds_with_test);
    }
    std::printf("wrote %s\n", file_.c_str());
}

} // namespace example
