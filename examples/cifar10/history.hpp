#pragma once

#include <string>
#include <utility>
#include <vector>

namespace example {

/// What an epoch came to. Accuracies are shares in [0, 1]; the last two are about the training without the test.
struct HistoryRow {
    int epoch = 0;   ///< from 1
    double lr = 0.0; ///< of the epoch's first step
    double train_loss = 0.0;
    double train_accuracy = 0.0;
    double test_loss = 0.0;
    double test_accuracy = 0.0;
    double seconds = 0.0;
    double images_per_second = 0.0;
};

/// The epochs of a run as the text of a CSV file. Numbers have all their digits, so equal runs have equal columns.
class History {
public:
    History();
    /// Goes on after what `csv()` gave.
    explicit History(std::string csv) : csv_(std::move(csv)) {}

    void append(const HistoryRow& row);

    const std::string& csv() const { return csv_; }

    /// The epochs. Throws Error, naming `file` and the line, when the text is not what `append` makes.
    std::vector<HistoryRow> rows(const std::string& file) const;

private:
    std::string csv_;
};

} // namespace example
