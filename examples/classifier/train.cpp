#include "augmentation.hpp"
#include "banner.hpp"
#include "find_rate.hpp"
#include "programs/epochs.hpp"
#include "programs/program.hpp"
#include "programs/run_directory.hpp"
#include "programs/weights_file.hpp"
#include "record.hpp"
#include "trained.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <tinyres/data/class_weights.hpp>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

/// The run as run_epochs sees it.
class ClassifierTraining final : public Training {
public:
    ClassifierTraining(const RunDirectory& directory, RunState& state, Learner& learner, tr::EarlyStopping& stopping,
                       Batches& train_batches, Batches& validation_batches)
        : directory_(directory),
          state_(state),
          learner_(learner),
          stopping_(stopping),
          train_batches_(train_batches),
          validation_batches_(validation_batches),
          rates_(rates_of(state, train_batches.batches_per_epoch())) {}

    int epochs() const override { return state_.recipe.epochs; }
    int epochs_done() const override { return state_.epochs_done; }
    bool finished() const override { return state_.finished(); }
    int batches_per_epoch() const override { return train_batches_.batches_per_epoch(); }
    int train_images() const override { return train_batches_.size(); }
    int test_images() const override { return validation_batches_.size(); }
    std::string test_name() const override { return "validation"; }
    double first_rate(int epoch) const override {
        return rates_.learning_rate(std::int64_t{epoch} * train_batches_.batches_per_epoch());
    }

    tr::Metrics train(int epoch, const OnBatch& on_batch) override {
        return learner_.train_epoch(rates_, train_batches_, epoch, on_batch);
    }
    double seconds_waited() const override { return train_batches_.seconds_waited(); }
    tr::Metrics test() override { return learner_.evaluate(validation_batches_); }

    /// The best weights are written before the checkpoint that refers to them: a run that is killed between the two
    /// repeats the epoch and writes the same weights.
    void keep(const HistoryRow& row, std::uint64_t peak_memory_bytes) override {
        RunState next = state_;
        next.epochs_done = row.epoch;
        next.history.append(row);
        next.peak_memory_bytes = std::max(next.peak_memory_bytes, peak_memory_bytes);
        // Of epochs with the same accuracy, which are frequent with few images, the one of the lower loss is better.
        const double metric = row.test_accuracy + 1e-6 / (1.0 + row.test_loss);
        tr::EarlyStopping stopping = stopping_;
        if (stopping.observe(row.epoch - 1, metric)) {
            next.best_epoch = row.epoch;
            save_weights(best_weights(directory_.path()), next, learner_);
        }
        next.stopped = stopping.stops();
        save_checkpoint(directory_.checkpoint(), next, learner_, stopping);
        tr::write_text_file_atomically(directory_.history(), next.history.csv());
        state_ = std::move(next);
        stopping_ = stopping;
    }
    std::filesystem::path checkpoint() const override { return directory_.checkpoint(); }

private:
    const RunDirectory& directory_;
    RunState& state_;
    Learner& learner_;
    tr::EarlyStopping& stopping_;
    Batches& train_batches_;
    Batches& validation_batches_;
    Rates rates_;
};

tr::EarlyStopping early_stopping(const Recipe& recipe) {
    constexpr double least = 1e-9; // the loss, at a millionth of its weight, has to fall by a thousandth or more
    return tr::EarlyStopping{{.patience = recipe.patience > 0 ? recipe.patience : std::numeric_limits<int>::max(),
                              .min_delta = least,
                              .goal = tr::Goal::highest}};
}

/// The state of a run that has not done anything yet.
RunState begin(TrainOptions& options, const PictureData& data, const std::string& fingerprint, int threads) {
    Recipe& recipe = options.recipe;
    const CompiledNetwork& network =
        find_network(recipe.network, recipe.image_size, static_cast<int>(data.class_names.size()));
    recipe.image_size = network.image_size;
    RunState state{{.backend = options.machine.backend,
                    .precision = options.machine.precision,
                    .data = absolute_path(options.data),
                    .init = options.init.string()},
                   recipe,
                   {.network = recipe.network,
                    .height = recipe.image_size,
                    .width = recipe.image_size,
                    .mean = {},
                    .deviation = {},
                    .class_names = data.class_names,
                    .fit = recipe.fit}};
    require_storable(state);
    set_normalization(recipe, data.train, threads, state.notes);
    state.data_name = data.name;
    state.data_fingerprint = fingerprint;
    state.skip_unreadable = options.skip_unreadable;
    state.train_images = data.train->size();
    state.validation_images = data.validation->size();
    state.test_images = data.test ? data.test->size() : 0;
    std::map<std::string, std::string> trial;
    tr::add_notes(trial, state.notes); // what cannot be stored shows now and not after the first epoch
    return state;
}

/// Throws Error when a resumed run would go on with other pictures.
void require_same_data(const RunState& state, const std::string& data, const std::string& fingerprint) {
    if (fingerprint == state.data_fingerprint) return;
    throw tr::Error("--data: the pictures in " + data +
                    " are not those that the run was begun with (a name, size, time of change or class is another); "
                    "put them back, or begin another run with another --out");
}

} // namespace

void train(const TrainOptions& given) {
    check_recipe(given.recipe);
    check_machine(given.machine);
    TrainOptions options = given;
    if (options.resume) RunDirectory::require_checkpoint(options.out);
    if (!options.resume && options.data.empty())
        throw tr::Error("--data: there is nothing to train on; name a folder of classes, a manifest or a packed file");
    if (!options.init.empty()) options.init = absolute_path(options.init);
    const RunDirectory directory{options.out};
    if (!options.resume) directory.require_no_run();
    RunState state;
    if (options.resume) {
        state = read_state(directory.checkpoint());
        options = resumed_options(options, state);
        state.data = absolute_path(options.data); // which may have moved
        if (state.finished() && std::filesystem::exists(directory.model())) {
            std::printf("There is nothing left to do: the run in %s has had its %d epochs.\n", options.out.c_str(),
                        state.epochs_done);
            if (!std::filesystem::exists(directory.report()))
                make_report({.out = options.out, .machine = options.machine}); // it was killed before
            return;
        }
    }
    const Recipe& recipe = options.recipe;
    const int threads = loader_threads(options.loader_threads);
    if (!options.resume) // before all pictures are looked at
        static_cast<void>(find_network(recipe.network, recipe.image_size, 2));
    if (!options.resume && recipe.name == "finetune" && options.init.empty())
        throw tr::Error(
            "--recipe: finetune starts from trained weights; name them with --init, or give another recipe");
    PictureData pictures = open_run_data(options.data, recipe, options.skip_unreadable, threads);
    const std::string fingerprint = pictures.fingerprint();
    if (options.resume)
        require_same_data(state, options.data, fingerprint);
    else
        state = begin(options, pictures, fingerprint, threads);

    const RunData data{std::move(pictures), recipe, state.notes, threads};
    const int classes = static_cast<int>(state.notes.class_names.size());
    LearnerOptions learner_options{.recipe = recipe, .classes = classes};
    if (recipe.balance == "weights") learner_options.class_weights = tr::class_weights(data.train());
    const CompiledNetwork& network = find_network(recipe.network, recipe.image_size, classes);
    const std::unique_ptr<Learner> learner = make_learner(network, learner_options, options.machine);
    const std::unique_ptr<Batches> train_batches = data.train_batches(), validation = data.validation_batches();

    const int test_batch = std::min(recipe.batch_size, largest_test_batch);
    const std::size_t memory = learner->memory_bytes(std::min(recipe.batch_size, train_batches->size()),
                                                     std::min(test_batch, validation->size()));
    require_memory(memory, learner->memory_there(), options.machine, recipe.batch_size);
    // Room for the next checkpoint and the best weights beside the last ones, which a resumed run already has.
    directory.require_space(learner->checkpoint_bytes(), options.resume ? 2 : 4);
    if (!options.init.empty() && !options.resume) load_init(*learner, options.init);
    state.banner = make_banner(options, state, *learner, train_batches->batches_per_epoch(), threads, memory);
    print_banner(state.banner, options.out);

    tr::EarlyStopping stopping = early_stopping(recipe);
    if (options.resume) {
        restore(*learner, stopping, directory.checkpoint());
        tr::write_text_file_atomically(directory.history(), state.history.csv());
        std::printf("Resuming after epoch %d.\n\n", state.epochs_done);
    } else {
        state.max_lr = recipe.finds_max_lr()
                           ? find_rate(options, network, learner_options, *train_batches, state, {}).max_lr
                           : recipe.max_lr_number();
    }
    ClassifierTraining training{directory, state, *learner, stopping, *train_batches, *validation};
    run_epochs(training);
    save_weights(directory.model(), state, *learner);
    if (state.stopped) std::printf("Stopped early: no improvement in %d epochs.\n", recipe.patience);
    std::printf("Finished %d epochs on %s. The best weights, of epoch %d, are in %s\n", state.epochs_done,
                state.data_name.c_str(), state.best_epoch, best_weights(directory.path()).c_str());
    std::fflush(stdout);
    write_run_report(options.out, state, data, options.machine);
}

} // namespace example
