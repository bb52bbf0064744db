#pragma once

#include "history.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <tinyres/train/fit.hpp>

namespace example {

using OnBatch = std::function<void(const tr::TrainingProgress&)>;

/// A training as run_epochs sees it.
class Training {
public:
    virtual ~Training() = default;

    virtual int epochs() const = 0;
    virtual int epochs_done() const = 0;
    /// Whether it is at its end; that may be before all epochs are done.
    virtual bool finished() const { return epochs_done() == epochs(); }
    virtual int batches_per_epoch() const = 0;
    virtual int train_images() const = 0;
    virtual int test_images() const = 0;
    /// What the images are called that it is tested on: "test", "validation".
    virtual std::string test_name() const = 0;
    /// The learning rate of the first step of an epoch, which counts from 0.
    virtual double first_rate(int epoch) const = 0;

    virtual tr::Metrics train(int epoch, const OnBatch& on_batch) = 0;
    /// How long the last `train` has waited for images.
    virtual double seconds_waited() const = 0;
    virtual tr::Metrics test() = 0;
    /// Takes over what the next epoch came to, and saves it: all of it, or nothing. `peak_memory_bytes` is the most
    /// memory that this process has had at once.
    virtual void keep(const HistoryRow& row, std::uint64_t peak_memory_bytes) = 0;
    /// The file that `keep` writes.
    virtual std::filesystem::path checkpoint() const = 0;
};

/// Trains to the end: an epoch, its test, what there is to tell, and a checkpoint, again and again. Throws Error when a
/// loss becomes no number and Interrupted when the user stops it; both say what is saved.
void run_epochs(Training& training);

/// "Test set: Average loss: 1.4072, Accuracy: 4903/10000 (49.03%)".
std::string result_line(const std::string& set, const tr::Metrics& metrics);

} // namespace example
