#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/constant.hpp"
#include "tinyres/optim/reduce_on_plateau.hpp"
#include "tinyres/optim/sgd.hpp"
#include "tinyres/train/evaluate.hpp"
#include "tinyres/train/fit.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Linear = tr::Network<tr::Image<3, 32, 32>, tr::Flatten, tr::Linear<10>>;

constexpr auto ignore_batch = [](const tr::TrainingProgress&) {};

/// Turns an image that begins with white into no numbers.
struct SpoilWhite {
    void operator()(tr::ImageView image, tr::RandomStream&) const {
        if (image.pixels[0] == 1.0f) std::ranges::fill(image.pixels, std::numeric_limits<float>::quiet_NaN());
    }
};

} // namespace

TEST_CASE("A training loop reports each batch: its number, rate and metrics, and those of the epoch so far") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 20);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 8, .shuffle = true}};
    tr::Model<ImageNetwork, tr::Cpu<>> model;
    tr::Adam optimizer{model};
    const tr::OneCycle schedule{{.max_lr = 0.01, .epochs = 6, .peak_epoch = 3, .steps_per_epoch = 3}};
    std::vector<tr::TrainingProgress> progress;
    const tr::Metrics epoch = tr::train_epoch(model, optimizer, schedule, loader, 4, {},
                                              [&](const tr::TrainingProgress& now) { progress.push_back(now); });
    REQUIRE(progress.size() == 3);
    tr::Metrics sum;
    for (int batch = 0; batch < 3; ++batch) {
        const tr::TrainingProgress& now = progress[static_cast<std::size_t>(batch)];
        CHECK(now.epoch == 4);
        CHECK(now.batch == batch);
        CHECK(now.batches == 3);
        CHECK(now.learning_rate == schedule.learning_rate(12 + batch));
        CHECK(now.step.count == (batch < 2 ? 8 : 4));
        sum += now.step;
        CHECK(now.so_far.loss_sum == sum.loss_sum);
        CHECK(now.so_far.correct == sum.correct);
        CHECK(now.so_far.count == sum.count);
    }
    CHECK(epoch.count == 20);
    CHECK(epoch.loss_sum == sum.loss_sum);
    CHECK(optimizer.steps() == 3);
    CHECK(model.steps() == 3);
}

TEST_CASE("The loop is nothing but train_step and optimizer step") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 20);
    const auto make_loader = [&] {
        return tr::Loader{images, tr::cifar10_augmentation(), {.batch_size = 8, .shuffle = true, .seed = 3}};
    };
    const tr::OneCycle schedule{{.max_lr = 0.01, .epochs = 2, .peak_epoch = 1, .steps_per_epoch = 3}};
    const tr::CrossEntropy loss{.label_smoothing = 0.2f};

    tr::Model<ImageNetwork, tr::Cpu<>> fitted{tr::KaimingUniform{}, 3};
    tr::Adam fitter{fitted};
    auto loader = make_loader();
    std::vector<double> losses;
    tr::fit(
        fitted, fitter, schedule, loader,
        [&](int epoch, const tr::Metrics& metrics) {
            CHECK(epoch == static_cast<int>(losses.size()));
            losses.push_back(metrics.loss_sum);
        },
        loss);

    tr::Model<ImageNetwork, tr::Cpu<>> model{tr::KaimingUniform{}, 3};
    tr::Adam optimizer{model};
    auto other_loader = make_loader();
    std::vector<double> expected;
    int step = 0;
    for (int epoch = 0; epoch < 2; ++epoch) {
        expected.push_back(0.0);
        for (const tr::Batch& batch : other_loader.epoch(epoch)) {
            expected.back() += tr::train_step(model, batch, loss).loss_sum;
            optimizer.step(model, schedule.learning_rate(step++));
        }
    }
    CHECK(losses == expected);
    CHECK(copy_of(fitted.parameters()) == copy_of(model.parameters()));
}

TEST_CASE("Training from any epoch on is the later part of the whole run") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 20);
    const tr::OneCycle schedule{{.max_lr = 0.01, .epochs = 4, .peak_epoch = 1, .steps_per_epoch = 3}};
    const auto make_loader = [&] {
        return tr::Loader{images, tr::cifar10_augmentation(), {.batch_size = 8, .shuffle = true, .seed = 3}};
    };
    tr::Model<ImageNetwork, tr::Cpu<>> whole{tr::KaimingUniform{}, 5};
    tr::Sgd optimizer{whole};
    tr::Model<ImageNetwork, tr::Cpu<>> later{tr::KaimingUniform{}, 6};
    tr::Sgd later_optimizer{later};
    std::vector<double> losses;
    auto loader = make_loader();
    tr::fit(whole, optimizer, schedule, loader, [&](int epoch, const tr::Metrics& metrics) {
        losses.push_back(metrics.loss_sum);
        if (epoch != 1) return;
        tr::load_state_dict(later, std::span<const tr::NamedTensor>(tr::state_dict(whole)));
        later.resume_at(whole.seed(), whole.steps());
        std::ranges::copy(optimizer.moments()[0].values, later_optimizer.moments()[0].values.begin());
        later_optimizer.set_steps(optimizer.steps());
    });
    REQUIRE(losses.size() == 4);
    auto fresh_loader = make_loader();
    std::vector<std::pair<int, double>> found;
    tr::fit(later, later_optimizer, schedule, fresh_loader,
            [&](int epoch, const tr::Metrics& metrics) { found.emplace_back(epoch, metrics.loss_sum); }, {},
            {.first_epoch = 2});
    CHECK(found == std::vector<std::pair<int, double>>{{2, losses[2]}, {3, losses[3]}});
    CHECK(copy_of(later.parameters()) == copy_of(whole.parameters()));
    CHECK(copy_of(later.statistics()) == copy_of(whole.statistics()));
}

TEST_CASE_TEMPLATE("A loss that is no number ends training before it reaches the parameters", Backend,
                   tr::Reference<float>, tr::Cpu<>) {
    tr::Dataset images = tr::make_synthetic(tr::Split::train, 20);
    std::fill_n(images.images.begin() + static_cast<std::ptrdiff_t>(13 * images.image_size()), 3, std::uint8_t{255});
    tr::Loader loader{images, SpoilWhite{}, {.batch_size = 4}};
    const tr::OneCycle schedule{{.max_lr = 0.25, .epochs = 2, .peak_epoch = 0, .steps_per_epoch = 5, .end_divisor = 1}};
    tr::Model<ImageNetwork, Backend> model;
    tr::Adam optimizer{model};
    auto parameters = copy_of(model.parameters());
    std::string message;
    try {
        tr::train_epoch(model, optimizer, schedule, loader, 1, {},
                        [&](const tr::TrainingProgress&) { parameters = copy_of(model.parameters()); });
    } catch (const tr::Diverged& diverged) {
        message = diverged.what();
    }
    CHECK(message == "the loss is no longer finite in epoch 2, batch 4, at learning rate 0.25; use a lower "
                     "maximal learning rate");
    CHECK(optimizer.steps() == 3);
    CHECK(copy_of(model.parameters()) == parameters);
    CHECK(std::ranges::all_of(model.parameters(), [](float value) { return std::isfinite(value); }));
}

TEST_CASE_TEMPLATE("Training at an absurd rate ends with Diverged", Backend, tr::Reference<float>, tr::Cpu<>) {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 200);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 10}};
    const tr::OneCycle schedule{{.max_lr = 1e38, .epochs = 1, .peak_epoch = 0, .steps_per_epoch = 20}};
    tr::Model<Linear, Backend> model;
    tr::Sgd optimizer{model};
    CHECK_THROWS_AS(tr::train_epoch(model, optimizer, schedule, loader, 0, {}, ignore_batch), tr::Diverged);
}

TEST_CASE("An exception of the caller's passes through, and the loader stays usable") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 20);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 4}};
    tr::Model<Linear, tr::Cpu<>> model;
    tr::Sgd optimizer{model};
    const tr::OneCycle schedule;
    const auto stop = [](const tr::TrainingProgress& progress) {
        if (progress.batch == 1) throw std::runtime_error("enough");
    };
    CHECK_THROWS_WITH(tr::train_epoch(model, optimizer, schedule, loader, 0, {}, stop), "enough");
    CHECK(tr::train_epoch(model, optimizer, schedule, loader, 0, {}, ignore_batch).count == 20);
}

TEST_CASE("Images of another shape, or labels beyond the outputs, are refused before the first batch") {
    tr::Dataset images = tr::make_synthetic(tr::Split::train, 20); // 32 x 32 pixels
    tr::Model<ImageNetwork, tr::Cpu<>> model;
    tr::Adam optimizer{model};
    tr::LrFinder finder;
    const auto errors = [&](auto& loader) {
        const std::string trained =
            error_of([&] { tr::train_epoch(model, optimizer, tr::OneCycle{}, loader, 0, {}, ignore_batch); });
        CHECK(error_of([&] { tr::evaluate(model, loader); }) == trained);
        CHECK(error_of([&] {
                  tr::find_learning_rate(model, optimizer, loader, finder, {}, [](const tr::LrFinderPoint&) {});
              }) == trained);
        return trained;
    };
    images.height = 16;
    images.width = 64;
    tr::Loader wide{images, tr::cifar10_normalization(), {.batch_size = 4}};
    const std::string message = "the images are 16 x 64 with 3 channels (height x width), the network takes 32 x 32 "
                                "with 3 channels; resize them, or change the network's Image<channels, height, width>";
    CHECK(errors(wide) == message);
    CHECK(error_of([&] { tr::predict(model, wide); }) == message);

    images.height = images.width = 32;
    images.labels[19] = 10;
    images.class_names.emplace_back("one more");
    tr::Loader labeled{images, tr::cifar10_normalization(), {.batch_size = 4}};
    CHECK(errors(labeled) == "label 10 is out of range: the network has 10 outputs (0 to 9)");
    CHECK(error_of([&] { tr::predict(model, labeled); }) == "no error");
    tr::Loader without{images, tr::cifar10_normalization(), {.batch_size = 4, .limit = 19}};
    CHECK(error_of([&] { tr::evaluate(model, without); }) == "no error");
    CHECK(model.steps() == 0);
}

TEST_CASE("Options of a fit: accumulated gradients, clipping and averages, as by hand") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 20);
    const auto make_loader = [&] {
        return tr::Loader{images, tr::cifar10_augmentation(), {.batch_size = 4, .shuffle = true, .seed = 3}};
    };
    const tr::OneCycle schedule{{.max_lr = 0.01, .epochs = 2, .peak_epoch = 1, .steps_per_epoch = 3}};

    tr::Model<ImageNetwork, tr::Cpu<>> fitted{tr::KaimingUniform{}, 3};
    tr::Sgd fitter{fitted};
    tr::Ema fitted_average{fitted, {.decay = 0.5}};
    auto loader = make_loader();
    std::vector<double> rates;
    std::vector<int> complete;
    tr::fit(fitted, fitter, schedule, loader, [](int, const tr::Metrics&) {}, {},
            {.update = {.accumulate = 2, .clip_norm = 0.5, .ema = &fitted_average},
             .on_batch = [&](const tr::TrainingProgress& at) { rates.push_back(at.learning_rate); },
             .after_epoch = [&](int epoch) { complete.push_back(epoch); }});
    CHECK(complete == std::vector{0, 1});
    CHECK(fitter.steps() == 6); // of 2, 2 and 1 batches
    CHECK(fitted.steps() == 10);

    tr::Model<ImageNetwork, tr::Cpu<>> model{tr::KaimingUniform{}, 3};
    tr::Sgd optimizer{model};
    tr::GradientAccumulator<tr::Cpu<>> sum{model};
    tr::GradientClip<tr::Cpu<>> clip{model, 0.5};
    tr::Ema average{model, {.decay = 0.5}};
    auto other_loader = make_loader();
    std::vector<double> expected_rates;
    int step = 0;
    for (int epoch = 0; epoch < 2; ++epoch) {
        int number = 0;
        for (const tr::Batch& batch : other_loader.epoch(epoch)) {
            tr::train_step(model, batch);
            sum.add(model, batch.size());
            expected_rates.push_back(schedule.learning_rate(step));
            if (++number % 2 != 0 && number < 5) continue;
            sum.finish(model);
            clip(model);
            optimizer.step(model, schedule.learning_rate(step++));
            average.update(model);
        }
    }
    CHECK(rates == expected_rates);
    CHECK(copy_of(fitted.parameters()) == copy_of(model.parameters()));
    CHECK(copy_of(fitted_average.parameters()) == copy_of(average.parameters()));
}

TEST_CASE("Accumulated gradients are those of one large batch, where no BatchNorm sees the difference") {
    const OwnedBatch whole = random_batch<Linear>(7);
    const auto part = [&](std::size_t first, std::size_t count) {
        constexpr std::size_t size = 3 * 32 * 32;
        return tr::Batch{std::span(whole.images).subspan(first * size, count * size),
                         std::span(whole.labels).subspan(first, count)};
    };
    tr::Model<Linear, tr::Cpu<>> model;
    tr::train_step(model, part(0, 7));
    const auto expected = copy_of(model.gradients());
    tr::GradientAccumulator<tr::Cpu<>> sum{model};
    for (int again = 0; again < 2; ++again) { // the second time begins anew
        for (const auto& [first, count] : {std::pair{0u, 4u}, std::pair{4u, 2u}, std::pair{6u, 1u}}) {
            tr::train_step(model, part(first, count));
            sum.add(model, static_cast<int>(count));
        }
        CHECK(sum.batches() == 3);
        sum.finish(model);
        CHECK(relative_difference(copy_of(model.gradients()), expected) < 1e-6);
    }
}

TEST_CASE("What on_epoch returns is the metric that reduces the rate and ends the training") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 8);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 8}};
    tr::Model<Linear, tr::Cpu<>> model;
    tr::Sgd optimizer{model};
    constexpr double rate = 1.0 / 1024;
    tr::ReduceOnPlateau schedule{{.max_lr = rate, .factor = 0.5, .patience = 0, .epochs = 20}};
    std::vector<int> best;
    tr::EarlyStopping stopping{{.patience = 3, .min_delta = 0.1}, [&](int epoch) { best.push_back(epoch); }};
    const std::vector<double> metrics{5.0, 4.0, 3.95, 4.5, 3.0, 3.5, std::nan(""), 2.95, 1.0};
    std::vector<double> rates;
    tr::fit(model, optimizer, schedule, loader,
            [&](int epoch, const tr::Metrics&) { return metrics[static_cast<std::size_t>(epoch)]; }, {},
            {.early_stopping = &stopping,
             .on_batch = [&](const tr::TrainingProgress& at) { rates.push_back(at.learning_rate); }});
    CHECK(best == std::vector{0, 1, 4});
    CHECK(rates == std::vector{rate, rate, rate, rate, rate / 2, rate / 2, rate / 4, rate / 8});
    CHECK(stopping.stops());
    CHECK(stopping.best() == 3.0);
    CHECK(stopping.best_epoch() == 4);

    // Without a metric it is the training loss.
    tr::EarlyStopping none{{.patience = 1}};
    double loss = 0.0;
    tr::fit(model, optimizer, tr::Constant{{.epochs = 1}}, loader,
            [&](int, const tr::Metrics& found) { loss = found.loss(); }, {}, {.early_stopping = &none});
    CHECK(none.best() == loss);
}
