#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tinyres/data/transforms.hpp>
#include <tinyres/train/fit.hpp>

namespace tinyres::inline TINYRES_ARCH {
class Checkpoint;
}

namespace example {

namespace tr = tinyres;

using TrainLoader = tr::Loader<decltype(tr::cifar10_augmentation())>;
using TestLoader = tr::Loader<tr::Normalize>;
using Metadata = std::map<std::string, std::string>;

struct LearnerOptions {
    std::string optimizer = "adam";
    double weight_decay = 0.0;
    double label_smoothing = 0.0;
    std::uint64_t seed = 0;
    int threads = 0; ///< 0: all
};

/// A model and its optimizer behind an interface that knows neither the network's type nor the backend's: each pair of
/// the two is compiled in a file of its own (learner_*.cpp), and the program that uses them knows none of it. The
/// members do what the library's functions of the same name do.
class Learner {
public:
    virtual ~Learner() = default;

    using OnBatch = std::function<void(const tr::TrainingProgress&)>;
    using OnStep = std::function<void(const tr::LrFinderPoint&)>;
    virtual tr::Metrics train_epoch(const tr::OneCycle& schedule, TrainLoader& loader, int epoch,
                                    const OnBatch& on_batch) = 0;
    virtual void find_learning_rate(TrainLoader& loader, tr::LrFinder& finder, const OnStep& on_step) = 0;
    virtual tr::Metrics evaluate(TestLoader& loader) const = 0;

    virtual void save_checkpoint(const std::filesystem::path& path, const Metadata& notes) = 0;
    virtual void restore(const tr::Checkpoint& checkpoint) = 0;
    virtual void save_weights(const std::filesystem::path& path, const Metadata& metadata) const = 0;
    virtual void load_weights(const std::filesystem::path& path) = 0;

    virtual int threads() const = 0;
    /// Bytes that a checkpoint takes, and the memory of parameters and all that lies beside them.
    virtual std::size_t state_bytes() const = 0;
    /// Bytes of memory that training a batch takes beside that.
    virtual std::size_t training_bytes(int images) const = 0;
};

/// What the program can train: a norm (bn, gn, ln) and a backend (cpu, reference).
std::unique_ptr<Learner> make_learner(const std::string& norm, const std::string& backend,
                                      const LearnerOptions& options);

} // namespace example
