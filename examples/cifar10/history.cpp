#include "history.hpp"

#include "csv.hpp"
#include "python_number.hpp"
#include "text.hpp"

#include <tinyres/core/error.hpp>

namespace example {

namespace {

const std::string history_header =
    "epoch,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second";

} // namespace

History::History() : csv_(history_header + '\n') {}

void History::append(const HistoryRow& row) {
    csv_ += std::to_string(row.epoch) + ',' + rounded_python_number(row.lr);
    for (const double value : {row.train_loss, row.train_accuracy, row.test_loss, row.test_accuracy})
        csv_ += ',' + python_number(value);
    csv_ += printed(",%.3f,%.1f\n", row.seconds, row.images_per_second);
}

std::vector<HistoryRow> History::rows(const std::string& file) const {
    std::vector<HistoryRow> rows;
    for (const std::vector<double>& n : numbers_of_csv(csv_, history_header, file)) {
        const int epoch = static_cast<int>(rows.size()) + 1;
        const auto share = [](double value) { return value >= 0 && value <= 1; };
        if (n[0] != epoch || n[1] < 0 || !share(n[3]) || !share(n[5]) || n[6] < 0 || n[7] < 0)
            throw tinyres::Error("'" + file + "' is damaged: line " + std::to_string(epoch + 1) +
                                 " is not what a run writes for epoch " + std::to_string(epoch));
        rows.push_back({epoch, n[1], n[2], n[3], n[4], n[5], n[6], n[7]});
    }
    return rows;
}

} // namespace example
