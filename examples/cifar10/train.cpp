#include "banner.hpp"
#include "data.hpp"
#include "interrupt.hpp"
#include "range_test.hpp"
#include "run_directory.hpp"
#include "run_state.hpp"
#include "status_line.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

/// Where a run stands for good, for an error's end.
std::string last_good(const RunDirectory& directory, const RunState& state) {
    if (state.epochs_done == 0) return "no epoch was finished, so nothing is saved";
    return "the run after epoch " + std::to_string(state.epochs_done) + " is safe in " +
           directory.checkpoint().string();
}

/// Says once how long the whole run will take, from the batches after the first one, which is slower than the others.
class RunEstimate {
public:
    /// `work` is all that is left of the run, counted in images trained on.
    explicit RunEstimate(double work) : work_(work) {}

    void operator()(StatusLine& status, const tr::TrainingProgress& progress) {
        if (told_) return;
        const double seconds = status.seconds();
        const int images = progress.so_far.count;
        const bool last = progress.batch + 1 == progress.batches;
        if (progress.batch == 0 && !last) {
            first_images_ = images;
            first_seconds_ = seconds;
        } else if (last || (progress.batch >= 3 && seconds - first_seconds_ > 2)) {
            const double images_per_second = (images - first_images_) / (seconds - first_seconds_);
            status.print("  The whole run takes about " + spoken_duration(work_ / images_per_second) + ".");
            told_ = true;
        }
    }

private:
    double work_;
    int first_images_ = 0;
    double first_seconds_ = 0.0;
    bool told_ = false;
};

/// The epochs of a run that are still to do.
class Epochs {
public:
    Epochs(const RunDirectory& directory, RunState& state, Learner& learner, TrainLoader& train_loader,
           TestLoader& test_loader)
        : directory_(directory),
          state_(state),
          learner_(learner),
          train_loader_(train_loader),
          test_loader_(test_loader),
          schedule_({.max_lr = state.max_lr,
                     .epochs = state.recipe.epochs,
                     .peak_epoch = state.recipe.peak(),
                     .steps_per_epoch = train_loader.batches_per_epoch()}),
          estimate_((state.recipe.epochs - state.epochs_done) * (train_loader.size() + test_loader.size() / 3.0)) {}

    void run() {
        while (state_.epochs_done < state_.recipe.epochs) {
            run_one();
            stop_if_asked();
        }
    }

private:
    void run_one();
    tr::Metrics train(StatusLine& status);
    void stop_if_asked() const;

    const RunDirectory& directory_;
    RunState& state_;
    Learner& learner_;
    TrainLoader& train_loader_;
    TestLoader& test_loader_;
    tr::OneCycle schedule_;
    RunEstimate estimate_;
    InterruptGuard interrupt_;
};

void Epochs::stop_if_asked() const {
    if (interrupt_.received() == 0 || state_.epochs_done == state_.recipe.epochs) return;
    const std::string remedy = state_.epochs_done == 0 ? "; start it again" : "; --resume goes on with it";
    throw Interrupted(interrupt_.received(), "stopped; " + last_good(directory_, state_) + remedy);
}

tr::Metrics Epochs::train(StatusLine& status) {
    return learner_.train_epoch(schedule_, train_loader_, state_.epochs_done, [&](const tr::TrainingProgress& at) {
        stop_if_asked();
        estimate_(status, at);
        status.update(at.batch + 1, printed("loss %.4f  %.2f%%  %.0f images/s", at.so_far.loss(),
                                            100.0 * at.so_far.accuracy(), at.so_far.count / status.seconds()));
    });
}

/// Trains for one epoch, tests, tells, and saves. The history goes first: it is part of the checkpoint too, so a run
/// that is killed between the two is consistent when it is resumed.
void Epochs::run_one() {
    const int epoch = state_.epochs_done + 1;
    const double rate = schedule_.learning_rate(std::int64_t{state_.epochs_done} * train_loader_.batches_per_epoch());
    StatusLine status{printed("Epoch %d/%d", epoch, state_.recipe.epochs), train_loader_.batches_per_epoch()};
    const tr::Metrics trained = train(status);
    const double seconds = status.seconds();
    const double waited = train_loader_.seconds_waited();
    status.replace("testing on " + with_commas(test_loader_.size()) + " images");
    const tr::Metrics tested = learner_.evaluate(test_loader_);
    status.clear();
    if (!std::isfinite(tested.loss()))
        throw tr::Diverged("the loss on the test images is no longer a number after epoch " + std::to_string(epoch) +
                           "; use a lower maximal learning rate");

    std::printf("Epoch %d LR [%s]\n%s\n", epoch, rounded_python_number(rate).c_str(), test_line(tested).c_str());
    std::printf("  train loss %.4f, accuracy %.2f%%; %s, %.1f images/s, %.1f%% of it waiting for data\n\n",
                trained.loss(), 100.0 * trained.accuracy(), spoken_duration(seconds).c_str(), trained.count / seconds,
                100.0 * waited / seconds);
    std::fflush(stdout);

    RunState next = state_;
    next.epochs_done = epoch;
    next.history.append({.epoch = epoch,
                         .lr = rate,
                         .train_loss = trained.loss(),
                         .train_accuracy = trained.accuracy(),
                         .test_loss = tested.loss(),
                         .test_accuracy = tested.accuracy(),
                         .seconds = seconds,
                         .images_per_second = trained.count / seconds});
    tr::write_text_file_atomically(directory_.history(), next.history.csv());
    learner_.save_checkpoint(directory_.checkpoint(), to_notes(next));
    state_ = std::move(next);
}

RunState begin(const TrainOptions& options) {
    const bool synthetic = options.data == synthetic_source;
    RunState state{.recipe = options.recipe,
                   .backend = options.machine.backend,
                   .data = synthetic ? options.data : std::filesystem::absolute(options.data).string()};
    require_storable(state);
    return state;
}

} // namespace

void train(const TrainOptions& given) {
    check_recipe(given.recipe);
    check_machine(given.machine);
    TrainOptions options = given;
    if (options.resume) RunDirectory::require_checkpoint(options.out);
    const RunDirectory directory{options.out};
    RunState state;
    if (options.resume) {
        state = read_state(directory.checkpoint());
        options = resumed_options(options, state);
    } else {
        directory.require_no_run();
        state = begin(options);
    }
    if (state.epochs_done == state.recipe.epochs && std::filesystem::exists(directory.model())) {
        std::printf("There is nothing left to do: the run in %s has had its %d epochs.\n", options.out.c_str(),
                    state.epochs_done);
        return;
    }

    const Recipe& recipe = options.recipe;
    const tr::Dataset train_set = load_data(options.data, tr::Split::train, recipe.limit_train);
    const tr::Dataset test_set = load_data(options.data, tr::Split::test, recipe.limit_test);
    TrainLoader train_loader = make_train_loader(train_set, recipe);
    TestLoader test_loader = make_test_loader(test_set, std::min(recipe.batch_size, 500), recipe.limit_test);
    const std::unique_ptr<Learner> learner = make_learner(recipe, options.machine);
    // Room for the next checkpoint beside the last one, which a resumed run already has.
    directory.require_space((options.resume ? 1 : 2) * learner->checkpoint_bytes());
    const std::size_t memory = learner->memory_bytes(std::min(recipe.batch_size, train_loader.size()),
                                                     std::min({recipe.batch_size, 500, test_loader.size()})) +
                               train_set.images.size() + test_set.images.size();
    print_banner(options, *learner, train_loader, test_loader, memory);

    if (options.resume) {
        learner->restore(directory.checkpoint());
        tr::write_text_file_atomically(directory.history(), state.history.csv());
        std::printf("Resuming after epoch %d.\n\n", state.epochs_done);
    } else if (recipe.finds_max_lr()) {
        state.max_lr = report(range_test(options, train_loader), options.out, train_set.synthetic).max_lr;
    } else {
        state.max_lr = recipe.max_lr_number();
    }

    try {
        Epochs(directory, state, *learner, train_loader, test_loader).run();
    } catch (const tr::Diverged& error) {
        throw tr::Error(std::string(error.what()) + " (--max-lr); " + last_good(directory, state));
    }
    learner->save_weights(directory.model(), model_notes(state));
    std::printf("Finished %d epochs on %s. The weights are in %s\n", state.epochs_done, data_name(options.data).c_str(),
                directory.model().c_str());
}

} // namespace example
