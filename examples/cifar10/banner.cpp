#include "banner.hpp"

#include "data.hpp"
#include "programs/text.hpp"

namespace example {

namespace {

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

Banner make_banner(const TrainOptions& options, const Learner& learner, const TrainLoader& train_loader,
                   const TestLoader& test_loader, std::size_t memory_bytes) {
    const Recipe& recipe = options.recipe;
    const std::string& backend = options.machine.backend;
    Banner banner{{"backend", backend + ", " + options.machine.precision}};
    if (backend == "cuda") {
        banner.push_back({"batches", "made on the GPU, which holds the images"});
    } else {
        banner.push_back({"instruction set", learner.instruction_set()});
        banner.push_back(
            {"threads", threads_text(options.machine, learner.threads()) + ", and one more that prepares the batches"});
    }
    const Banner rest{
        {"data", data_name(options.data)},
        {"images", with_commas(train_loader.size()) + " to train on, " + with_commas(test_loader.size()) + " to test"},
        {"network",
         "S10 with " + norm_name(recipe.norm) + ", " + with_commas(learner.parameter_count()) + " parameters"},
        {"optimizer", recipe.optimizer + ", weight decay " + printed("%g", recipe.weight_decay) + ", label smoothing " +
                          printed("%g", recipe.label_smoothing)},
        {"learning rate", rates(recipe)},
        {"epochs", std::to_string(recipe.epochs) + " of " + std::to_string(train_loader.batches_per_epoch()) +
                       " batches of " + std::to_string(recipe.batch_size)},
        {"augmentation", "crop after padding by 4; flip and 8x8 cut-out, 3 of 10 images each"},
        {"seed", std::to_string(recipe.seed)},
        {"memory", printed("%.2f GB planned", static_cast<double>(memory_bytes) / 1e9)},
    };
    banner.insert(banner.end(), rest.begin(), rest.end());
    if (!options.init.empty()) banner.push_back({"starts from", options.init.string()});
    return banner;
}

} // namespace example
