#include "epochs.hpp"

#include "data.hpp"
#include "python_number.hpp"
#include "text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sys/resource.h>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

/// The most memory that this process has had at once.
std::uint64_t peak_memory_bytes() {
    ::rusage usage{};
    return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

} // namespace

Epochs::Epochs(const RunDirectory& directory, RunState& state, Learner& learner, TrainLoader& train_loader,
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

void Epochs::run() {
    try {
        while (state_.epochs_done < state_.recipe.epochs) {
            run_one();
            stop_if_asked();
        }
    } catch (const tr::Diverged& error) {
        throw tr::Error(std::string(error.what()) + " (--max-lr); " + last_good());
    }
}

/// Where a run stands for good, for an error's end.
std::string Epochs::last_good() const {
    if (state_.epochs_done == 0) return "no epoch was finished, so nothing is saved";
    return "the run after epoch " + std::to_string(state_.epochs_done) + " is safe in " +
           directory_.checkpoint().string();
}

void Epochs::stop_if_asked() const {
    if (interrupt_.received() == 0 || state_.epochs_done == state_.recipe.epochs) return;
    const std::string remedy = state_.epochs_done == 0 ? "; start it again" : "; --resume goes on with it";
    throw Interrupted(interrupt_.received(), "stopped; " + last_good() + remedy);
}

tr::Metrics Epochs::train(StatusLine& status) {
    return learner_.train_epoch(schedule_, train_loader_, state_.epochs_done, [&](const tr::TrainingProgress& at) {
        stop_if_asked();
        estimate_(status, at);
        status.update(at.batch + 1, printed("loss %.4f  %.2f%%  %.0f images/s", at.so_far.loss(),
                                            100.0 * at.so_far.accuracy(), at.so_far.count / status.seconds()));
    });
}

/// Trains for one epoch, tests, tells, and saves. The checkpoint holds the history too, so a run that is killed between
/// the two files is whole again when it is resumed.
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
        throw tr::Diverged("the loss on the test images is no longer finite after epoch " + std::to_string(epoch) +
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
    next.peak_memory_bytes = std::max(next.peak_memory_bytes, peak_memory_bytes());
    save_checkpoint(directory_.checkpoint(), next, learner_);
    tr::write_text_file_atomically(directory_.history(), next.history.csv());
    state_ = std::move(next);
}

} // namespace example
