#pragma once

#include "batches.hpp"
#include "programs/epochs.hpp"
#include "recipe.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tinyres/model/state_dict.hpp>
#include <tinyres/train/training_state.hpp>
#include <vector>

namespace example {

/// What a learner is made with.
struct LearnerOptions {
    Recipe recipe{};
    int classes = 0;                    ///< at most as many as the network has outputs
    std::vector<float> class_weights{}; ///< (classes), or none
    int threads = 0;                    ///< 0: all that there are
};

/// Learning rates by the step, of a schedule that is known at run time.
struct Rates {
    std::function<double(std::int64_t step)> of;
    int epochs_in_all = 0;

    double learning_rate(std::int64_t step) const { return of(step); }
    int epochs() const { return epochs_in_all; }
};

/// A model, its optimizer and its averages behind an interface that knows neither the network's type nor the backend's:
/// each network, size and precision is compiled in a file of its own. The network has more outputs than there are
/// classes; outside of the learner, state dicts and probabilities are of the classes only.
class Learner {
public:
    virtual ~Learner() = default;

    /// Trains for epoch `epoch` (from 0), with the head alone as long as the recipe says.
    virtual tr::Metrics train_epoch(const Rates& rates, Batches& batches, int epoch, const OnBatch& on_batch) = 0;
    using OnStep = std::function<void(const tr::LrFinderPoint&)>;
    virtual void find_learning_rate(Batches& batches, tr::LrFinder& finder, const OnStep& on_step) = 0;
    /// Loss and accuracy, with the averaged weights where the recipe has them.
    virtual tr::Metrics evaluate(Batches& batches) = 0;
    /// Probabilities (images, classes), with the averaged weights where the recipe has them; `on_batch(images)` is told
    /// how many images are done.
    virtual std::vector<float> predict(Batches& batches, const std::function<void(int)>& on_batch = {}) = 0;

    virtual tr::TrainingState training_state(tr::EarlyStopping& stopping) = 0;
    virtual void load_training_state(const tr::TrainingState& state, tr::EarlyStopping& stopping) = 0;
    /// The averaged weights where the recipe has them, with as many rows in the head as there are classes.
    virtual std::vector<tr::NamedTensor> state_dict() = 0;
    /// Takes such a state dict. With Strict::no what fits is taken, as by tinyres::load_state_dict; the head of another
    /// number of classes does not fit.
    virtual tr::LoadReport load_state_dict(std::vector<tr::NamedTensor> tensors, tr::Strict strict) = 0;

    virtual int threads() const = 0;
    /// That of the processor whose vectors it computes with.
    virtual std::string instruction_set() const = 0;
    /// Trained values, without those of outputs that are no class.
    virtual int parameter_count() const = 0;
    virtual std::size_t checkpoint_bytes() const = 0;
    /// The memory that training takes, by batches of `batch_images` and tests by batches of `test_images`.
    virtual std::size_t memory_bytes(int batch_images, int test_images) const = 0;
    /// All the memory that there is where it computes: the machine's or the GPU's.
    virtual std::size_t memory_there() const = 0;
};

} // namespace example
