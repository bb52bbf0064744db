#include "range_test.hpp"

#include "interrupt.hpp"
#include "python_number.hpp"
#include "report/figures.hpp"
#include "status_line.hpp"
#include "text.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tinyres/io/atomic_file.hpp>
#include <tinyres/train/history.hpp>

namespace example {

tr::LrFinderOptions finder_options(const RangeTestFlags& flags) {
    if (!(flags.start_lr > 0 && std::isfinite(flags.start_lr)))
        throw tr::Error("--start-lr: " + python_number(flags.start_lr) + " is impossible; give a number above 0");
    if (!(flags.end_lr > flags.start_lr && std::isfinite(flags.end_lr)))
        throw tr::Error("--end-lr: " + python_number(flags.end_lr) + " is impossible; give a number above --start-lr");
    if (flags.steps < 10)
        throw tr::Error("--steps: " + std::to_string(flags.steps) + " is impossible; give 10 or more");
    return {.start_lr = flags.start_lr, .end_lr = flags.end_lr, .steps = flags.steps};
}

tr::LrFinder
run_range_test(const tr::LrFinderOptions& options,
               const std::function<void(tr::LrFinder&, const std::function<void(const tr::LrFinderPoint&)>&)>& train) {
    const InterruptGuard guard;
    tr::LrFinder finder{options};
    StatusLine status{"Range test", options.steps};
    train(finder, [&](const tr::LrFinderPoint& point) {
        if (guard.received() != 0) throw Interrupted(guard.received(), "stopped in the range test; start it again");
        status.update(static_cast<int>(finder.curve().size()),
                      printed("rate %.2e  loss %.4f", point.learning_rate, point.smoothed));
    });
    return finder;
}

tr::LrSuggestion report(const tr::LrFinder& finder, tr::LrRule rule, const std::filesystem::path& directory,
                        const std::string& subject, const std::string& remark) {
    tr::History curve(range_test_columns);
    for (const tr::LrFinderPoint& point : finder.curve())
        curve.append({point.learning_rate, point.loss, point.smoothed});
    tr::write_text_file_atomically(directory / "lr_finder.csv", curve.csv());

    RangeTest test{.curve = finder.curve(), .rule = rule, .suggestion = {}, .subject = subject};
    const auto write_curve = [&] {
        tr::write_text_file_atomically(directory / "lr_finder.svg", to_svg(range_test_plot(test), plot::Place::file));
    };
    try {
        test.suggestion = finder.suggestion(rule);
    } catch (const tr::Error&) { // the curve shows why
        write_curve();
        throw;
    }
    write_curve();
    std::printf("Suggested by the rule '%s': LRMAX %.2e, LRMIN %.2e%s\n", name_of(rule), test.suggestion->max_lr,
                test.suggestion->min_lr, remark.c_str());
    std::printf("The curve is in %s and lr_finder.svg\n", (directory / "lr_finder.csv").c_str());
    return *test.suggestion;
}

std::optional<RangeTest> read_range_test(const std::filesystem::path& path, tr::LrRule rule,
                                         const std::string& subject) {
    const std::optional<std::string> text = text_of(path);
    if (!text) return std::nullopt;
    RangeTest test{.curve = {}, .rule = rule, .suggestion = {}, .subject = subject};
    const auto damaged = [&](const std::string& what) {
        return tr::Error(what + "; remove the file, and make it again by find-lr");
    };
    try {
        // Earlier versions wrote the running average only.
        const bool earlier = text->starts_with("learning_rate,loss\n");
        const std::vector<std::string> columns(range_test_columns.begin(),
                                               range_test_columns.end() - (earlier ? 1 : 0));
        for (const std::vector<double>& row : tr::History::from_csv(*text, columns, path.string()).rows()) {
            if (!std::ranges::all_of(row, [](double value) { return std::isfinite(value); }))
                throw tr::Error("'" + path.string() + "' is damaged: a number in it is not finite");
            test.curve.push_back({row[0], row[1], row[earlier ? 1 : 2]});
        }
    } catch (const tr::Error& error) {
        throw damaged(error.what());
    }
    for (std::size_t i = 0; i < test.curve.size(); ++i)
        if (!(test.curve[i].learning_rate > (i == 0 ? 0.0 : test.curve[i - 1].learning_rate)))
            throw damaged("'" + path.string() + "' is damaged: its rates do not rise");
    if (test.curve.empty()) throw damaged("'" + path.string() + "' is damaged: it holds no rates");
    try {
        test.suggestion = tr::suggest_learning_rate(test.curve, test.rule);
    } catch (const tr::Error&) { // the curve shows why
    }
    return test;
}

} // namespace example
