#pragma once

#include "run.hpp"

#include <filesystem>
#include <tinyres/train/history.hpp>
#include <vector>

namespace example {

/// Prints rows as they come and keeps them in a CSV file, which is written anew with each.
class Table {
public:
    explicit Table(std::filesystem::path history) : file_(std::move(history)) {}

    /// The names of the columns. Throws tr::Error when the file cannot be written.
    void begin() const;
    /// The next row, which must be of a later epoch or another seed. Throws as `begin`.
    void add(const Row& row);
    /// What the last rows of all seeds say together.
    void end() const;

private:
    std::filesystem::path file_;
    tr::History history_{{"seed", "epoch", "train_loss", "train_accuracy", "test_accuracy", "test_accuracy_of_views",
                          "seconds", "seconds_with_test", "seconds_with_views"}};
    std::vector<Row> finished_;
};

} // namespace example
