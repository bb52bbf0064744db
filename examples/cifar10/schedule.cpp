#include "options.hpp"
#include "programs/python_number.hpp"

#include <cstdio>
#include <tinyres/optim/one_cycle.hpp>

namespace example {

namespace tr = tinyres;

void print_schedule(const ScheduleOptions& options) {
    check_recipe(options.recipe);
    if (options.train_images < 1)
        throw tr::Error("--train-images: " + std::to_string(options.train_images) + " is impossible; give 1 or more");
    if (options.recipe.finds_max_lr())
        throw tr::Error("--max-lr: a schedule needs a number; the subcommand find-lr suggests one");
    const int steps_per_epoch = (options.train_images - 1) / options.recipe.batch_size + 1;
    const tr::OneCycle schedule{{.max_lr = options.recipe.max_lr_number(),
                                 .epochs = options.recipe.epochs,
                                 .peak_epoch = options.recipe.peak(),
                                 .steps_per_epoch = steps_per_epoch}};
    for (int epoch = 0; epoch < options.recipe.epochs; ++epoch) {
        const double rate = schedule.learning_rate(std::int64_t{epoch} * steps_per_epoch);
        std::printf("Epoch %d LR [%s]\n", epoch + 1, rounded_python_number(rate).c_str());
    }
}

} // namespace example
