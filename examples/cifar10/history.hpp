#pragma once

#include "python_number.hpp"
#include "text.hpp"

#include <string>
#include <utility>

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
    History() = default;
    /// Goes on after what `csv()` gave.
    explicit History(std::string csv) : csv_(std::move(csv)) {}

    void append(const HistoryRow& row) {
        csv_ += std::to_string(row.epoch) + ',' + rounded_python_number(row.lr);
        for (const double value : {row.train_loss, row.train_accuracy, row.test_loss, row.test_accuracy})
            csv_ += ',' + python_number(value);
        csv_ += printed(",%.3f,%.1f\n", row.seconds, row.images_per_second);
    }

    const std::string& csv() const { return csv_; }

private:
    std::string csv_ = "epoch,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second\n";
};

} // namespace example
