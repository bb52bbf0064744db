#pragma once

#include "interrupt.hpp"
#include "learner.hpp"
#include "run_directory.hpp"
#include "run_estimate.hpp"
#include "run_state.hpp"

namespace example {

/// The epochs of a run that are still to do: trains, tests, tells and saves. After each, `state` is what is saved.
class Epochs {
public:
    Epochs(const RunDirectory& directory, RunState& state, Learner& learner, TrainLoader& train_loader,
           TestLoader& test_loader);

    /// Trains to the end. Throws Error when a loss becomes no number and Interrupted when the user stops it; both say
    /// what is saved.
    void run();

private:
    void run_one();
    tr::Metrics train(StatusLine& status);
    void stop_if_asked() const;
    std::string last_good() const;

    const RunDirectory& directory_;
    RunState& state_;
    Learner& learner_;
    TrainLoader& train_loader_;
    TestLoader& test_loader_;
    tr::OneCycle schedule_;
    RunEstimate estimate_;
    InterruptGuard interrupt_;
};

} // namespace example
