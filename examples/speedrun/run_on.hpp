#pragma once

#include "recipe.hpp"
#include "run.hpp"

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <tinyres/eigen/whitening.hpp>
#include <tinyres/model/freeze.hpp>
#include <tinyres/train/fit.hpp>
#include <tinyres/train/predict_views.hpp>
#include <tinyres/train/top_k_accuracy.hpp>
#include <utility>
#include <vector>

namespace example {

/// One training on a backend, whose kernels must be included.
template <class Backend>
class Run {
public:
    Run(const Options& options, const Data& data, std::uint64_t seed, Backend backend)
        : options_(options),
          data_(data),
          model_(SpeedrunStart{}, seed, std::move(backend)),
          loader_(data.train, augmentation(),
                  {.batch_size = options.batch_size, .shuffle = true, .seed = seed, .limit = options.limit_train}),
          optimizers_(model_, options, loader_.batches_per_epoch()) {
        tr::whiten_first_convolution(model_, data.train, tr::cifar10_normalization());
        tr::freeze(model_, "whiten.weight");
    }

    void run(Stopwatch& watch, const OnRow& on_row) {
        for (int epoch = 0; epoch < options_.epochs; ++epoch) {
            if (epoch == whitening_epochs(options_)) tr::freeze(model_, "whiten.bias");
            const tr::Metrics metrics = train(epoch);
            Row row{.seed = model_.seed(),
                    .epoch = epoch + 1,
                    .train_loss = metrics.loss(),
                    .train_accuracy = metrics.accuracy(),
                    .seconds = watch.seconds()};
            if (epoch + 1 == options_.epochs) {
                row.test_accuracy = test(plain_view);
                row.seconds_with_test = watch.seconds();
                row.test_accuracy_of_views = test(tr::mirrored_and_moved_views);
                row.seconds_with_views = watch.seconds();
            }
            const Stopwatch::Pause pause{watch};
            if (options_.test_epochs && epoch + 1 < options_.epochs) row.test_accuracy = test(plain_view);
            on_row(row);
        }
    }

private:
    static constexpr tr::WeightedView plain_view[] = {{}};

    tr::Metrics train(int epoch) {
        tr::Metrics metrics;
        std::int64_t step = std::int64_t{epoch} * loader_.batches_per_epoch();
        for (const tr::Batch& batch : loader_.epoch(epoch)) {
            metrics += tr::train_step(model_, batch, training_loss);
            if (!std::isfinite(metrics.loss_sum))
                throw tr::Diverged("the loss is no longer finite in step " + std::to_string(step + 1) +
                                   "; try a larger --batch-size or another --seed");
            optimizers_.step(model_, step++);
        }
        return metrics;
    }

    /// The accuracy of the means over views.
    double test(std::span<const tr::WeightedView> views) const {
        const tr::LoaderOptions options{.batch_size = 500, .limit = options_.limit_test};
        const std::vector<float> outputs =
            tr::predict_views(model_, data_.test, tr::cifar10_normalization(), views, options);
        const auto images = outputs.size() / static_cast<std::size_t>(SpeedrunNet::output.size());
        return tr::top_k_accuracy({outputs, std::span(data_.test.labels).first(images)}, 1);
    }

    const Options& options_;
    const Data& data_;
    tr::Model<SpeedrunNet, Backend> model_;
    tr::Loader<tr::Dataset, decltype(augmentation())> loader_;
    Optimizers<Backend> optimizers_;
};

} // namespace example
