#include "banner.hpp"
#include "data.hpp"
#include "find_rate.hpp"
#include "programs/epochs.hpp"
#include "programs/run_directory.hpp"
#include "programs/weights_file.hpp"
#include "record.hpp"

#include <algorithm>
#include <cstdio>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

constexpr int largest_test_batch = 500;

/// The state of a run that has not done anything yet.
RunState begin(const TrainOptions& options) {
    RunState state{{.backend = options.machine.backend,
                    .precision = options.machine.precision,
                    .data = options.data == synthetic_source ? options.data : absolute_path(options.data),
                    .init = options.init.string()},
                   options.recipe};
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

/// The run as run_epochs sees it.
class Cifar10Training final : public Training {
public:
    Cifar10Training(const RunDirectory& directory, RunState& state, Learner& learner, TrainLoader& train_loader,
                    TestLoader& test_loader)
        : directory_(directory),
          state_(state),
          learner_(learner),
          train_loader_(train_loader),
          test_loader_(test_loader),
          schedule_({.max_lr = state.max_lr,
                     .epochs = state.recipe.epochs,
                     .peak_epoch = state.recipe.peak(),
                     .steps_per_epoch = train_loader.batches_per_epoch()}) {}

    int epochs() const override { return state_.recipe.epochs; }
    int epochs_done() const override { return state_.epochs_done; }
    int batches_per_epoch() const override { return train_loader_.batches_per_epoch(); }
    int train_images() const override { return train_loader_.size(); }
    int test_images() const override { return test_loader_.size(); }
    std::string test_name() const override { return "test"; }
    double first_rate(int epoch) const override {
        return schedule_.learning_rate(std::int64_t{epoch} * train_loader_.batches_per_epoch());
    }

    tr::Metrics train(int epoch, const OnBatch& on_batch) override {
        return learner_.train_epoch(schedule_, train_loader_, epoch, on_batch);
    }
    double seconds_waited() const override { return train_loader_.seconds_waited(); }
    tr::Metrics test() override { return learner_.evaluate(test_loader_); }

    /// The checkpoint holds the history too, so a run that is killed between the two files is whole again when it is
    /// resumed.
    void keep(const HistoryRow& row, std::uint64_t peak_memory_bytes) override {
        RunState next = state_;
        next.epochs_done = row.epoch;
        next.history.append(row);
        next.peak_memory_bytes = std::max(next.peak_memory_bytes, peak_memory_bytes);
        save_checkpoint(directory_.checkpoint(), next, learner_);
        tr::write_text_file_atomically(directory_.history(), next.history.csv());
        state_ = std::move(next);
    }
    std::filesystem::path checkpoint() const override { return directory_.checkpoint(); }

private:
    const RunDirectory& directory_;
    RunState& state_;
    Learner& learner_;
    TrainLoader& train_loader_;
    TestLoader& test_loader_;
    tr::OneCycle schedule_;
};

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
            recipe.finds_max_lr() ? find_rate(options, train_loader, {}, recipe.rule()).max_lr : recipe.max_lr_number();
    }
    Cifar10Training training{directory, state, *learner, train_loader, test_loader};
    run_epochs(training);
    save_weights(directory.model(), state, *learner);
    std::printf("Finished %d epochs on %s. The weights are in %s\n", state.epochs_done, data_name(options.data).c_str(),
                directory.model().c_str());
    std::fflush(stdout);
    write_report(options.out, make_record(state, options.out, directory.checkpoint()),
                 find_in_images(*learner, recipe, train_set, test_set, test_loader));
    std::printf("The report is %s\n", directory.report().c_str());
}

} // namespace example
