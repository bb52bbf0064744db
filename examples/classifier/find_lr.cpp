#include "augmentation.hpp"
#include "find_rate.hpp"
#include "programs/run_directory.hpp"
#include "run_data.hpp"
#include "trained.hpp"

#include <cstdio>
#include <tinyres/data/class_weights.hpp>

namespace example {

tr::LrSuggestion find_rate(const RunOptions& options, const CompiledNetwork& network,
                           const LearnerOptions& learner_options, Batches& batches, const RunState& state,
                           const tr::LrFinderOptions& finder_options, tr::LrRule rule) {
    const std::unique_ptr<Learner> learner = make_learner(network, learner_options, options.machine);
    if (!options.init.empty()) load_init(*learner, options.init);
    const tr::LrFinder finder = run_range_test(finder_options, [&](tr::LrFinder& test, const auto& on_step) {
        learner->find_learning_rate(batches, test, on_step);
    });
    return report(finder, rule, options.out, subject_of(state));
}

void find_lr(const FindLrOptions& options) {
    check_recipe(options.recipe);
    check_machine(options.machine);
    const tr::LrFinderOptions finder_options = example::finder_options(options.test);
    RunState state;
    state.recipe = options.recipe;
    Recipe& recipe = state.recipe;
    static_cast<void>(find_network(recipe.network, recipe.image_size, 2)); // before all pictures are looked at
    const RunDirectory directory{options.out};
    const int threads = loader_threads(options.loader_threads);
    PictureData pictures = open_run_data(options.data, recipe, options.skip_unreadable, threads);
    const int classes = static_cast<int>(pictures.class_names.size());
    const CompiledNetwork& network = find_network(recipe.network, recipe.image_size, classes);
    recipe.image_size = network.image_size;
    tr::ClassifierNotes& notes = state.notes;
    notes = {.network = recipe.network,
             .height = recipe.image_size,
             .width = recipe.image_size,
             .mean = {},
             .deviation = {},
             .class_names = pictures.class_names,
             .fit = recipe.fit};
    set_normalization(recipe, pictures.train, threads, notes);
    state.data_name = pictures.name;
    const RunData data{std::move(pictures), recipe, notes, threads};
    LearnerOptions learner_options{.recipe = recipe, .classes = classes};
    if (recipe.balance == "weights") learner_options.class_weights = tr::class_weights(data.train());
    std::printf("Learning-rate range test of %d steps: %s\n", options.test.steps, subject_of(state).c_str());
    std::fflush(stdout);
    find_rate(options, network, learner_options, *data.train_batches(), state, finder_options,
              rule_named(options.test.suggest));
}

} // namespace example
