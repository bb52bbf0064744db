#include "banner.hpp"
#include "data.hpp"
#include "epochs.hpp"
#include "range_test.hpp"
#include "report/report.hpp"

#include <algorithm>
#include <cstdio>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

constexpr int largest_test_batch = 500;

/// The state of a run that has not done anything yet.
RunState begin(const TrainOptions& options) {
    RunState state{.recipe = options.recipe,
                   .backend = options.machine.backend,
                   .precision = options.machine.precision,
                   .data = options.data == synthetic_source ? options.data : absolute_path(options.data),
                   .init = options.init.string()};
    require_storable(state);
    return state;
}

/// For a run that starts from the weights of a file: takes over which norm these belong to.
void prepare_init(TrainOptions& options) {
    options.recipe.norm =
        norm_of(tr::Safetensors::read(options.init), options.given.contains("norm") ? options.recipe.norm : "");
    options.init = absolute_path(options.init);
}

/// The state of the run in a directory; `options` become those with which it goes on.
RunState resume(const RunDirectory& directory, TrainOptions& options) {
    RunState state = read_state(directory.checkpoint());
    options = resumed_options(options, state);
    return state;
}

/// Throws Error when there is less than `bytes` of memory, before the machine begins to swap or kills the program.
void require_memory(std::size_t bytes, std::size_t there, const Machine& machine, int batch_size) {
    if (bytes <= there) return;
    throw tr::Error(printed("--batch-size: batches of %d need %.1f GB of memory, %s has %.1f GB; give a smaller batch "
                            "size",
                            batch_size, static_cast<double>(bytes) / 1e9,
                            machine.backend == "cuda" ? "the GPU" : "this machine", static_cast<double>(there) / 1e9));
}

} // namespace

void train(const TrainOptions& given) {
    check_recipe(given.recipe);
    check_machine(given.machine);
    TrainOptions options = given;
    if (options.resume) RunDirectory::require_checkpoint(options.out);
    if (!options.init.empty() && !options.resume) prepare_init(options);
    const Recipe& recipe = options.recipe;
    const RunDirectory directory{options.out};
    if (!options.resume) directory.require_no_run();
    RunState state = options.resume ? resume(directory, options) : begin(options);
    if (state.epochs_done == recipe.epochs && std::filesystem::exists(directory.model())) {
        std::printf("There is nothing left to do: the run in %s has had its %d epochs.\n", options.out.c_str(),
                    state.epochs_done);
        if (!std::filesystem::exists(directory.report()))
            make_report({.out = options.out, .machine = options.machine}); // it was killed before
        return;
    }

    const tr::Dataset train_set = load_data(options.data, tr::Split::train, recipe.limit_train);
    const tr::Dataset test_set = load_data(options.data, tr::Split::test, recipe.limit_test);
    const int test_batch = std::min(recipe.batch_size, largest_test_batch);
    TrainLoader train_loader = make_train_loader(train_set, recipe);
    TestLoader test_loader = make_test_loader(test_set, test_batch, recipe.limit_test);

    const std::unique_ptr<Learner> learner = make_learner(recipe, options.machine);
    const std::size_t memory = learner->memory_bytes(std::min(recipe.batch_size, train_loader.size()),
                                                     std::min(test_batch, test_loader.size())) +
                               train_set.images.size() + test_set.images.size();
    require_memory(memory, learner->memory_there(), options.machine, recipe.batch_size);
    // Room for the next checkpoint beside the last one, which a resumed run already has.
    directory.require_space(learner->checkpoint_bytes(), options.resume ? 1 : 2);
    if (!options.init.empty() && !options.resume) load_weights(*learner, tr::Safetensors::read(options.init));
    state.banner = make_banner(options, *learner, train_loader, test_loader, memory);
    print_banner(state.banner, options.out);

    if (options.resume) {
        restore(*learner, directory.checkpoint());
        tr::write_text_file_atomically(directory.history(), state.history.csv());
        std::printf("Resuming after epoch %d.\n\n", state.epochs_done);
    } else {
        state.max_lr =
            recipe.finds_max_lr()
                ? report(range_test(options, train_loader), recipe.rule(), options.out, train_set.synthetic).max_lr
                : recipe.max_lr_number();
    }
    Epochs{directory, state, *learner, train_loader, test_loader}.run();
    save_weights(directory.model(), state, *learner);
    std::printf("Finished %d epochs on %s. The weights are in %s\n", state.epochs_done, data_name(options.data).c_str(),
                directory.model().c_str());
    std::fflush(stdout);
    write_report(options.out, make_record(state, options.out, directory.checkpoint()),
                 find_in_images(*learner, recipe, train_set, test_set, test_loader));
    std::printf("The report is %s\n", directory.report().c_str());
}

} // namespace example
