#pragma once

#include "../banner.hpp"
#include "../history.hpp"
#include "../range_test.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace example {

/// The learning rates of a run's steps, and what there is to say about them.
struct RateCurve {
    std::vector<std::pair<double, double>> points; ///< epochs since the start, which may be fractional; and rates
    double highest = 0.0;
    double peak_epoch = 0.0; ///< where the highest is
    std::string subtitle;    ///< of the picture
    std::string description; ///< of the picture, for those who do not see it
    std::string words;       ///< of the page
};

/// What a report tells about a run beside what its images need. The program that made the run fills it from the run's
/// files.
struct RunRecord {
    std::string program;  ///< "cifar10"
    std::string title;    ///< "S10 on CIFAR-10"
    std::string lead;     ///< a sentence below the title
    std::string notice{}; ///< what a reader must not miss; may be empty
    Banner facts{};       ///< the recipe; "memory", "backend", "instruction set" and "threads" come again at the end
    std::string command;  ///< that trains by the same recipe
    std::string augmentation{};          ///< a sentence: what happens to training images
    std::string test_name;               ///< of the images that it is tested on after each epoch: "test", "validation"
    int test_images = 0;                 ///< their number
    int epochs = 0;                      ///< of the recipe
    bool finished = false;               ///< it goes no further
    double max_lr = 0.0;                 ///< the highest rate of the run
    bool finds_max_lr = false;           ///< a range test was to find it
    std::string backend{};               ///< empty when that is not known
    std::uint64_t peak_memory_bytes = 0; ///< 0 when that is not known
    RateCurve rates{};
    std::vector<HistoryRow> history{}; ///< one epoch at least
    std::size_t judged = 0;            ///< the row of the epoch that the weights are from
    std::optional<RangeTest> range_test{};
    std::filesystem::path weights{}; ///< the file that holds them

    const HistoryRow& judged_epoch() const { return history[judged]; }
};

} // namespace example
