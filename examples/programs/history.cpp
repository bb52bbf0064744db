#include "history.hpp"

#include "python_number.hpp"

#include <algorithm>
#include <cmath>

namespace example {

namespace {

const std::vector<std::string> history_columns{
    "epoch", "lr", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds", "images_per_second"};

} // namespace

History::History() : numbers_(history_columns) {}

History::History(const std::string& csv, const std::string& file)
    : numbers_(tr::History::from_csv(csv, history_columns, file)) {
    int epoch = 0;
    for (const std::vector<double>& n : numbers_.rows()) {
        ++epoch;
        const auto share = [](double value) { return value >= 0 && value <= 1; };
        const bool finite = std::ranges::all_of(n, [](double value) { return std::isfinite(value); });
        if (!finite || n[0] != epoch || n[1] < 0 || !share(n[3]) || !share(n[5]) || n[6] < 0 || n[7] < 0)
            throw tr::Error("'" + file + "' is damaged: line " + std::to_string(epoch + 1) +
                            " is not what a run writes for epoch " + std::to_string(epoch));
    }
}

void History::append(const HistoryRow& row) {
    const double lr = std::atof(rounded_python_number(row.lr).c_str());
    numbers_.append({static_cast<double>(row.epoch), lr, row.train_loss, row.train_accuracy, row.test_loss,
                     row.test_accuracy, std::round(row.seconds * 1000) / 1000,
                     std::round(row.images_per_second * 10) / 10});
}

std::vector<HistoryRow> History::rows() const {
    std::vector<HistoryRow> rows;
    for (const std::vector<double>& n : numbers_.rows())
        rows.push_back({static_cast<int>(n[0]), n[1], n[2], n[3], n[4], n[5], n[6], n[7]});
    return rows;
}

} // namespace example
