#pragma once

#include "network.hpp"
#include "options.hpp"

#include <algorithm>
#include <cstdint>
#include <tinyres/data/transforms.hpp>
#include <tinyres/losses/cross_entropy.hpp>
#include <tinyres/optim/linear_decay.hpp>
#include <tinyres/optim/muon.hpp>
#include <tinyres/optim/sgd.hpp>

namespace example {

/// airbench94's augmentation: a crop after padding by 2, every image mirrored in every other epoch.
inline auto augmentation() {
    return tr::Compose{tr::RandomCrop{.padding = 2, .mode = tr::Padding::reflect}, tr::AlternatingFlip{},
                       tr::cifar10_normalization()};
}

inline constexpr tr::CrossEntropy training_loss{.label_smoothing = 0.2f};

/// How many of the epochs train the biases of the first layer; its weights are never trained.
inline int whitening_epochs(const Options& options) {
    return (std::min)(3, options.epochs);
}

/// airbench94's optimizers, each with a rate that falls to 0.
template <class Backend>
class Optimizers {
public:
    using Model = tr::Model<SpeedrunNet, Backend>;

    Optimizers(const Model& model, const Options& options, int steps_per_epoch)
        : batch_size_(options.batch_size),
          steps_per_epoch_(steps_per_epoch),
          filters_{tr::Muon<Backend>{model, {.momentum = 0.6, .iterations = 3, .rescaled = true}, tr::only("*conv*")},
                   schedule(0.24, options.epochs)},
          norms_{sgd(model, "*norm*", 0.053), schedule(0.053 * batch_size_, options.epochs)},
          head_{sgd(model, "head.*", 0.67), schedule(0.67 * batch_size_, options.epochs)},
          whitening_{sgd(model, "whiten.*", 0.053), schedule(0.053 * batch_size_, whitening_epochs(options))} {}

    /// Step number `step` of the run, from 0.
    void step(Model& model, std::int64_t step) {
        filters_.optimizer.step(model, filters_.schedule.learning_rate(step));
        for (Part<tr::Sgd<Backend>>* part : {&norms_, &head_, &whitening_})
            part->optimizer.step(model, part->schedule.learning_rate(step));
    }

private:
    template <class Optimizer>
    struct Part {
        Optimizer optimizer;
        tr::LinearDecay schedule;
    };

    /// The original's rates and decay are of the loss summed over a batch, ours of the mean: its gradient and decay are
    /// this one's times the size of the batch, and so is the rate. (Muon takes any multiple of a gradient.)
    tr::Sgd<Backend> sgd(const Model& model, std::string_view names, double original_rate) const {
        return tr::Sgd<Backend>{model, {.momentum = 0.85, .weight_decay = 2e-6 / original_rate}, tr::only(names)};
    }
    tr::LinearDecay schedule(double rate, int epochs) const {
        return tr::LinearDecay{{.max_lr = rate, .epochs = epochs, .steps_per_epoch = steps_per_epoch_}};
    }

    double batch_size_;
    int steps_per_epoch_;
    Part<tr::Muon<Backend>> filters_;
    Part<tr::Sgd<Backend>> norms_;
    Part<tr::Sgd<Backend>> head_;
    Part<tr::Sgd<Backend>> whitening_;
};

} // namespace example
