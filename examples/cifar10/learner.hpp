#pragma once

#include "options.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tinyres/data/dataset.hpp>
#include <tinyres/data/transforms.hpp>
#include <tinyres/train/fit.hpp>
#include <tinyres/train/training_state.hpp>
#include <vector>

namespace example {

namespace tr = tinyres;

/// A Loader with a number (> 0) that no other one of its type has, not even a later one at its address.
template <class Transform>
class NumberedLoader : public tr::Loader<tr::Dataset, Transform> {
public:
    using tr::Loader<tr::Dataset, Transform>::Loader;
    int number() const { return number_; }

private:
    static inline int made_ = 0;
    int number_ = ++made_;
};

using TrainLoader = NumberedLoader<decltype(tr::cifar10_augmentation())>;
using TestLoader = NumberedLoader<tr::Normalize>;

/// A model and its optimizer behind an interface that knows neither the network's type nor the backend's: each backend
/// is compiled in a file of its own (learner_*.cpp), and the program that uses them knows none of it. The
/// members do what the library's functions of the same name do.
class Learner {
public:
    virtual ~Learner() = default;

    using OnBatch = std::function<void(const tr::TrainingProgress&)>;
    using OnStep = std::function<void(const tr::LrFinderPoint&)>;
    virtual tr::Metrics train_epoch(const tr::OneCycle& schedule, TrainLoader& loader, int epoch,
                                    const OnBatch& on_batch) = 0;
    virtual void find_learning_rate(TrainLoader& loader, tr::LrFinder& finder, const OnStep& on_step) = 0;
    virtual tr::Metrics evaluate(TestLoader& loader) = 0;
    /// The probabilities (images, 10) of the classes, in the loader's order.
    virtual std::vector<float> predict(TestLoader& loader) const = 0;

    virtual tr::TrainingState training_state() = 0;
    virtual void load_training_state(const tr::TrainingState& state) = 0;
    virtual std::vector<tr::NamedTensor> state_dict() const = 0;
    virtual tr::LoadReport load_state_dict(std::span<const tr::NamedTensor> tensors) = 0;

    virtual int threads() const = 0;
    /// That of the processor whose vectors it computes with, or "plain loops".
    virtual std::string instruction_set() const = 0;
    virtual int parameter_count() const = 0;
    /// The size of a checkpoint.
    virtual std::size_t checkpoint_bytes() const = 0;
    /// The memory that training takes, by batches of `batch_images` and tests by batches of `test_images`.
    virtual std::size_t memory_bytes(int batch_images, int test_images) const = 0;
    /// All the memory that there is where it computes: the machine's or the GPU's.
    virtual std::size_t memory_there() const = 0;
};

/// What trains by `recipe` on `machine`: a fresh model, initialized by the recipe's seed.
std::unique_ptr<Learner> make_learner(const Recipe& recipe, const Machine& machine);

} // namespace example

// The loaders are compiled once, in data.cpp.
extern template class tinyres::Loader<tinyres::Dataset, decltype(tinyres::cifar10_augmentation())>;
extern template class tinyres::Loader<tinyres::Dataset, tinyres::Normalize>;
