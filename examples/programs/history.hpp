#pragma once

#include <string>
#include <tinyres/train/history.hpp>
#include <vector>

namespace example {

namespace tr = tinyres;

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

/// The epochs of a run.
class History {
public:
    History();
    /// Goes on after what `csv()` gave. Throws Error, naming `file` and the line, when the text is not what `append`
    /// makes.
    History(const std::string& csv, const std::string& file);

    void append(const HistoryRow& row);

    std::string csv() const { return numbers_.csv(); }
    std::vector<HistoryRow> rows() const;

private:
    tr::History numbers_;
};

} // namespace example
