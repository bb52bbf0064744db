#include "banner.hpp"

#include "data.hpp"
#include "python_number.hpp"
#include "text.hpp"

#include <cstdio>
#include <xsimd/xsimd.hpp>

namespace example {

namespace {

void row(const char* name, const std::string& value) {
    std::printf("  %-16s %s\n", name, value.c_str());
}

std::string norm_name(const std::string& norm) {
    if (norm == "gn") return "GroupNorm of 4 groups";
    return norm == "ln" ? "LayerNorm" : "BatchNorm";
}

std::string rates(const Recipe& recipe) {
    const std::string highest = recipe.finds_max_lr() ? "what the range test finds" : recipe.max_lr;
    return "one cycle: up to " + highest + " at epoch " + printed("%g", recipe.peak()) +
           ", from and to a hundredth of it";
}

} // namespace

void print_banner(const TrainOptions& options, const Learner& learner, const TrainLoader& train_loader,
                  const TestLoader& test_loader, std::size_t memory_bytes) {
    const Recipe& recipe = options.recipe;
    row("backend", options.machine.backend + ", " + options.machine.precision);
    if (options.machine.backend == "cuda") {
        row("batches", "made on the GPU, which holds the images");
    } else {
        row("instruction set", options.machine.backend == "cpu" ? xsimd::default_arch::name() : "plain loops");
        row("threads", std::to_string(learner.threads()) + ", and one beside them that prepares the batches");
    }
    row("data", data_name(options.data));
    row("images", with_commas(train_loader.size()) + " to train on, " + with_commas(test_loader.size()) + " to test");
    row("network",
        "S10 with " + norm_name(recipe.norm) + ", " + with_commas(learner.parameter_count()) + " parameters");
    row("optimizer", recipe.optimizer + ", weight decay " + printed("%g", recipe.weight_decay) + ", label smoothing " +
                         printed("%g", recipe.label_smoothing));
    row("learning rate", rates(recipe));
    row("epochs", std::to_string(recipe.epochs) + " of " + std::to_string(train_loader.batches_per_epoch()) +
                      " batches of " + std::to_string(recipe.batch_size));
    row("augmentation", "crop after padding by 4; flip and 8x8 cut-out, 3 of 10 images each");
    row("seed", std::to_string(recipe.seed));
    row("memory", printed("%.2f GB planned", static_cast<double>(memory_bytes) / 1e9));
    row("results", options.out.string());
    std::printf("\n");
    std::fflush(stdout);
}

} // namespace example
