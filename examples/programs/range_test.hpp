#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <tinyres/optim/lr_finder.hpp>
#include <vector>

namespace example {

namespace tr = tinyres;

/// What a range test has found.
struct RangeTest {
    std::vector<tr::LrFinderPoint> curve;
    tr::LrRule rule = tr::LrRule::valley;       ///< by which the suggestion was made
    std::optional<tr::LrSuggestion> suggestion; ///< nothing: the loss never fell below its first values
    std::string subject;                        ///< what was trained: "S10 on CIFAR-10"
};

/// The columns of lr_finder.csv.
inline const std::vector<std::string> range_test_columns{"learning_rate", "loss", "smoothed_loss"};

/// The rule as users name it.
inline const char* name_of(tr::LrRule rule) {
    return rule == tr::LrRule::valley ? "valley" : "steepest";
}
inline tr::LrRule rule_named(const std::string& name) {
    return name == "steepest" ? tr::LrRule::steepest : tr::LrRule::valley;
}

/// What the loss does at the rate that the rule suggests: "…" at 3.2e-4.
inline const char* reason_of(tr::LrRule rule) {
    return rule == tr::LrRule::valley ? "The loss has made half of its fall" : "The loss falls most steeply";
}

/// What find-lr is asked for.
struct RangeTestFlags {
    double start_lr = 1e-6;
    double end_lr = 100.0;
    int steps = 100;
    std::string suggest = "valley"; ///< valley or steepest
};

/// The finder's options. Throws Error, naming the flag, when a value is impossible.
tr::LrFinderOptions finder_options(const RangeTestFlags& flags);

/// Runs a range test and shows how far it is: `train(finder, on_step)` trains by the finder's rates and calls `on_step`
/// after each step.
tr::LrFinder
run_range_test(const tr::LrFinderOptions& options,
               const std::function<void(tr::LrFinder&, const std::function<void(const tr::LrFinderPoint&)>&)>& train);

/// Prints what a range test of `subject` suggests by `rule` and writes its curve to lr_finder.csv and lr_finder.svg in
/// `directory`; `remark` stands behind the rates. Throws Error when there is nothing to suggest; the files are written
/// nevertheless.
tr::LrSuggestion report(const tr::LrFinder& finder, tr::LrRule rule, const std::filesystem::path& directory,
                        const std::string& subject, const std::string& remark = "");

/// The range test whose curve is in the file `path`; nothing when there is no such file. Throws Error, naming the file,
/// when it is damaged.
std::optional<RangeTest> read_range_test(const std::filesystem::path& path, tr::LrRule rule,
                                         const std::string& subject);

} // namespace example
