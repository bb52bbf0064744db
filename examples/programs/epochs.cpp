#include "epochs.hpp"

#include "interrupt.hpp"
#include "python_number.hpp"
#include "run_estimate.hpp"
#include "text.hpp"

#include <cmath>
#include <cstdio>
#include <sys/resource.h>

namespace example {

namespace {

/// The most memory that this process has had at once.
std::uint64_t peak_memory_bytes() {
    ::rusage usage{};
    return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

/// Where a run stands for good, for an error's end.
std::string last_good(const Training& training) {
    if (training.epochs_done() == 0) return "no epoch was finished, so nothing is saved";
    return "the run after epoch " + std::to_string(training.epochs_done()) + " is safe in " +
           training.checkpoint().string();
}

void stop_if_asked(const Training& training, const InterruptGuard& interrupt) {
    if (interrupt.received() == 0 || training.finished()) return;
    const std::string remedy = training.epochs_done() == 0 ? "; start it again" : "; --resume goes on with it";
    throw Interrupted(interrupt.received(), "stopped; " + last_good(training) + remedy);
}

/// Trains for one epoch, tests, tells, and saves.
void run_one(Training& training, RunEstimate& estimate, const InterruptGuard& interrupt) {
    const int epoch = training.epochs_done() + 1;
    const double rate = training.first_rate(training.epochs_done());
    StatusLine status{printed("Epoch %d/%d", epoch, training.epochs()), training.batches_per_epoch()};
    const tr::Metrics trained = training.train(training.epochs_done(), [&](const tr::TrainingProgress& at) {
        stop_if_asked(training, interrupt);
        estimate(status, at);
        status.update(at.batch + 1, printed("loss %.4f  %.2f%%  %.0f images/s", at.so_far.loss(),
                                            100.0 * at.so_far.accuracy(), at.so_far.count / status.seconds()));
    });
    const double seconds = status.seconds();
    const double waited = training.seconds_waited();
    status.replace("testing on " + with_commas(training.test_images()) + " images");
    const tr::Metrics tested = training.test();
    status.clear();
    if (!std::isfinite(tested.loss()))
        throw tr::Diverged("the loss on the " + training.test_name() + " images is no longer finite after epoch " +
                           std::to_string(epoch) + "; use a lower maximal learning rate");

    std::string set = training.test_name() + " set";
    set.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(set.front())));
    std::printf("Epoch %d LR [%s]\n%s\n", epoch, rounded_python_number(rate).c_str(), result_line(set, tested).c_str());
    std::printf("  train loss %.4f, accuracy %.2f%%; %s, %.1f images/s, %.1f%% of it waiting for data\n\n",
                trained.loss(), 100.0 * trained.accuracy(), spoken_duration(seconds).c_str(), trained.count / seconds,
                100.0 * waited / seconds);
    std::fflush(stdout);

    training.keep({.epoch = epoch,
                   .lr = rate,
                   .train_loss = trained.loss(),
                   .train_accuracy = trained.accuracy(),
                   .test_loss = tested.loss(),
                   .test_accuracy = tested.accuracy(),
                   .seconds = seconds,
                   .images_per_second = trained.count / seconds},
                  peak_memory_bytes());
}

} // namespace

void run_epochs(Training& training) {
    RunEstimate estimate{(training.epochs() - training.epochs_done()) *
                         (training.train_images() + training.test_images() / 3.0)};
    const InterruptGuard interrupt;
    try {
        while (!training.finished()) {
            run_one(training, estimate, interrupt);
            stop_if_asked(training, interrupt);
        }
    } catch (const tr::Diverged& error) {
        throw tr::Error(std::string(error.what()) + " (--max-lr); " + last_good(training));
    }
}

std::string result_line(const std::string& set, const tr::Metrics& metrics) {
    return printed("%s: Average loss: %.4f, Accuracy: %d/%d (%.2f%%)", set.c_str(), metrics.loss(), metrics.correct,
                   metrics.count, 100.0 * metrics.accuracy());
}

} // namespace example
