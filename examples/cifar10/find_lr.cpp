#include "data.hpp"
#include "python_number.hpp"
#include "range_test.hpp"
#include "run_directory.hpp"

#include <cmath>
#include <cstdio>

namespace example {

void find_lr(const FindLrOptions& options) {
    check_recipe(options.recipe);
    check_machine(options.machine);
    if (!(options.start_lr > 0 && std::isfinite(options.start_lr)))
        throw tr::Error("--start-lr: " + python_number(options.start_lr) + " is impossible; give a number above 0");
    if (!(options.end_lr > options.start_lr && std::isfinite(options.end_lr)))
        throw tr::Error("--end-lr: " + python_number(options.end_lr) +
                        " is impossible; give a number above --start-lr");
    if (options.steps < 10)
        throw tr::Error("--steps: " + std::to_string(options.steps) + " is impossible; give 10 or more");
    const tr::LrFinderOptions finder_options{
        .start_lr = options.start_lr, .end_lr = options.end_lr, .steps = options.steps};
    const RunDirectory directory{options.out};
    const tr::Dataset dataset = load_data(options.data, tr::Split::train, options.recipe.limit_train);
    TrainLoader loader = make_train_loader(dataset, options.recipe);
    std::printf("Learning-rate range test of %d steps on %s\n", options.steps, data_name(options.data).c_str());
    std::fflush(stdout);
    const tr::LrFinder finder = range_test(options, loader, finder_options);
    report(finder, options.suggest == "steepest" ? tr::LrRule::steepest : tr::LrRule::valley, options.out,
           dataset.synthetic);
}

} // namespace example
