#include "range_test.hpp"

#include "interrupt.hpp"
#include "report/figures.hpp"
#include "run_state.hpp"
#include "status_line.hpp"
#include "text.hpp"

#include <cstdio>
#include <tinyres/io/atomic_file.hpp>
#include <tinyres/train/history.hpp>

namespace example {

tr::LrFinder range_test(const RunOptions& options, TrainLoader& loader, const tr::LrFinderOptions& finder_options) {
    const auto learner = make_learner(options.recipe, options.machine);
    if (!options.init.empty()) load_weights(*learner, tr::Safetensors::read(options.init));
    const InterruptGuard guard;
    tr::LrFinder finder{finder_options};
    StatusLine status{"Range test", finder_options.steps};
    learner->find_learning_rate(loader, finder, [&](const tr::LrFinderPoint& point) {
        if (guard.received() != 0) throw Interrupted(guard.received(), "stopped in the range test; start it again");
        status.update(static_cast<int>(finder.curve().size()),
                      printed("rate %.2e  loss %.4f", point.learning_rate, point.smoothed));
    });
    return finder;
}

tr::LrSuggestion report(const tr::LrFinder& finder, tr::LrRule rule, const std::filesystem::path& directory,
                        bool synthetic) {
    tr::History curve(range_test_columns);
    for (const tr::LrFinderPoint& point : finder.curve())
        curve.append({point.learning_rate, point.loss, point.smoothed});
    tr::write_text_file_atomically(directory / "lr_finder.csv", curve.csv());

    RangeTest test{.curve = finder.curve(), .rule = rule, .suggestion = {}};
    const auto write_curve = [&] {
        tr::write_text_file_atomically(directory / "lr_finder.svg",
                                       to_svg(range_test_plot(test, synthetic), plot::Place::file));
    };
    try {
        test.suggestion = finder.suggestion(rule);
    } catch (const tr::Error&) { // the curve shows why
        write_curve();
        throw;
    }
    write_curve();
    std::printf("Suggested by the rule '%s': LRMAX %.2e, LRMIN %.2e%s\n", name_of(rule), test.suggestion->max_lr,
                test.suggestion->min_lr, synthetic ? " (on synthetic data)" : "");
    std::printf("The curve is in %s and lr_finder.svg\n", (directory / "lr_finder.csv").c_str());
    return *test.suggestion;
}

} // namespace example
