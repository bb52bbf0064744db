#include "data.hpp"
#include "find_rate.hpp"
#include "programs/run_directory.hpp"

#include <cstdio>

namespace example {

tr::LrSuggestion find_rate(const RunOptions& options, TrainLoader& loader, const tr::LrFinderOptions& finder_options,
                           tr::LrRule rule) {
    const auto learner = make_learner(options.recipe, options.machine);
    if (!options.init.empty()) load_weights(*learner, tr::Safetensors::read(options.init));
    const tr::LrFinder finder = run_range_test(finder_options, [&](tr::LrFinder& test, const auto& on_step) {
        learner->find_learning_rate(loader, test, on_step);
    });
    return report(finder, rule, options.out, subject_of(options.data),
                  loader.dataset().synthetic ? " (on synthetic data)" : "");
}

void find_lr(const FindLrOptions& options) {
    check_recipe(options.recipe);
    check_machine(options.machine);
    const tr::LrFinderOptions finder_options = example::finder_options(options.test);
    const RunDirectory directory{options.out};
    const tr::Dataset dataset = load_data(options.data, tr::Split::train, options.recipe.limit_train);
    TrainLoader loader = make_train_loader(dataset, options.recipe);
    std::printf("Learning-rate range test of %d steps on %s\n", options.test.steps, data_name(options.data).c_str());
    std::fflush(stdout);
    find_rate(options, loader, finder_options, rule_named(options.test.suggest));
}

} // namespace example
