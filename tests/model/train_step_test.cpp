#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/optim/adam.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <type_traits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Small = SmallNetwork<tr::Dropout2d<0>>;
using SmallWithDropout = SmallNetwork<tr::Dropout2d<30>>;

/// Two inputs, two classes: what it does can be worked out on paper.
using Tiny = tr::Network<tr::Image<2, 1, 1>, tr::Flatten, tr::Linear<2>>;

/// Logits (x0 + 2 x1 + 0.5, -x1).
template <class Backend>
tr::Model<Tiny, Backend> tiny_model() {
    tr::Model<Tiny, Backend> model;
    const std::array<float, 6> values{1, 0, 2, -1, 0.5f, 0}; // weights (in, out), biases
    model.backend().upload(std::span<const float>(values), model.parameters().data());
    return model;
}

static_assert(std::is_move_constructible_v<tr::Model<Tiny, tr::Cpu<>>>);
static_assert(!std::is_copy_constructible_v<tr::Model<Tiny, tr::Cpu<>>>);

} // namespace

TEST_CASE_TEMPLATE("A training step finds the mean loss, its gradients and the number of correct predictions", Backend,
                   tr::Reference<float>, tr::Reference<double>, tr::Cpu<>) {
    auto model = tiny_model<Backend>();
    const std::vector<float> images{1, 1, 0, 0};
    const std::vector<std::int32_t> labels{0, 1};
    const auto before = copy_of(model.parameters());
    const tr::Metrics metrics = tr::train_step(model, {images, labels}); // logits (3.5, -1) and (0.5, 0)

    CHECK(metrics.count == 2);
    CHECK(metrics.correct == 1);
    CHECK(metrics.accuracy() == 0.5);
    const double loss = std::log(1 + std::exp(-4.5)) + std::log(1 + std::exp(0.5));
    CHECK(metrics.loss_sum == doctest::Approx(loss).epsilon(1e-6));
    CHECK(metrics.loss() == doctest::Approx(loss / 2).epsilon(1e-6));

    const double first = (1 / (1 + std::exp(-4.5)) - 1) / 2; // (p - 1) / 2 of class 0 for image 0, which is (1, 1)
    const double second = 1 / (1 + std::exp(-0.5)) / 2;      // p / 2 of class 0 for image 1, which is (0, 0)
    const std::array<double, 6> expected{first, -first, first, -first, first + second, -first - second};
    CHECK(relative_difference(model.gradients(), expected) < 1e-6);
    CHECK(copy_of(model.parameters()) == before);
}

TEST_CASE_TEMPLATE("Of equal outputs the first counts as the prediction", Backend, tr::Reference<double>, tr::Cpu<>) {
    auto model = tiny_model<Backend>();
    const std::vector<float> images{-0.5f, 0, -0.5f, 0}; // logits (0, 0)
    const std::vector<std::int32_t> labels{0, 1};
    CHECK(tr::train_step(model, {images, labels}).correct == 1);
}

TEST_CASE("Metrics of batches add up to those of all images") {
    tr::Metrics sum{.loss_sum = 6.0, .correct = 1, .count = 2};
    sum += {.loss_sum = 3.0, .correct = 4, .count = 4};
    CHECK(sum.loss() == 1.5);
    CHECK(sum.accuracy() == 5.0 / 6.0);
}

TEST_CASE("The gradients of a training step are the slopes of the mean loss") {
    tr::Model<SmallWithDropout, tr::Reference<double>> model{tr::KaimingUniform{}, 3};
    const OwnedBatch batch = random_batch<SmallWithDropout>(5);
    const tr::CrossEntropy loss{.label_smoothing = 0.2f};
    const auto mean_loss = [&] {
        model.resume_at(3, 0); // the same dropout again
        return tr::train_step(model, batch, loss).loss();
    };
    mean_loss();
    const auto gradients = copy_of(model.gradients());
    const double step = 1e-5;
    for (std::size_t i = 0; i < gradients.size(); i += 7) {
        double& parameter = model.parameters()[i];
        const double kept = parameter;
        parameter = kept + step;
        const double above = mean_loss();
        parameter = kept - step;
        const double below = mean_loss();
        parameter = kept;
        CAPTURE(i);
        CHECK(std::abs((above - below) / (2 * step) - gradients[i]) < 1e-8);
    }
}

TEST_CASE("Cpu and Reference train alike") {
    const OwnedBatch batch = random_batch<SmallWithDropout>(6);
    tr::Model<SmallWithDropout, tr::Reference<double>> reference{tr::KaimingUniform{}, 4};
    tr::Model<SmallWithDropout, tr::Cpu<>> cpu{tr::KaimingUniform{}, 4};
    for (int step = 0; step < 3; ++step) {
        const tr::Metrics expected = tr::train_step(reference, batch);
        const tr::Metrics found = tr::train_step(cpu, batch);
        CHECK(found.loss() == doctest::Approx(expected.loss()).epsilon(1e-5));
        CHECK(found.correct == expected.correct);
        CHECK(relative_difference(cpu.gradients(), reference.gradients()) < 1e-5);
        CHECK(relative_difference(cpu.statistics(), reference.statistics()) < 1e-5);
    }
}

TEST_CASE_TEMPLATE("Running statistics move by a tenth towards the batch's mean and unbiased variance", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    using Normed = tr::Network<tr::Image<2, 1, 2>, tr::BatchNorm, tr::Flatten, tr::Linear<2>>;
    tr::Model<Normed, Backend> model;
    const std::vector<float> images{1, 10, 2, 10, 3, 10, 6, 30}; // channels 1, 2, 3, 6 and 10, 10, 10, 30
    const std::vector<std::int32_t> labels{0, 1};
    tr::train_step(model, {images, labels});
    const std::array<double, 4> expected{0.1 * 3, 0.1 * 15, 0.9 + 0.1 * 14 / 3, 0.9 + 0.1 * 300 / 3};
    CHECK(relative_difference(model.statistics(), expected) < 1e-6);
    tr::train_step(model, {images, labels});
    const std::array<double, 4> later{0.19 * 3, 0.19 * 15, 0.81 + 0.19 * 14 / 3, 0.81 + 0.19 * 300 / 3};
    CHECK(relative_difference(model.statistics(), later) < 1e-6);
}

TEST_CASE_TEMPLATE("What a step drops is fixed by the seed and the number of the step", Backend, tr::Reference<double>,
                   tr::Cpu<>) {
    const OwnedBatch batch = random_batch<SmallWithDropout>(6);
    tr::Model<SmallWithDropout, Backend> model{tr::KaimingUniform{}, 5};
    const auto loss_at = [&](std::uint64_t seed, std::uint32_t step) {
        model.resume_at(seed, step);
        return tr::train_step(model, batch).loss();
    };
    const double loss = loss_at(5, 0);
    CHECK(model.steps() == 1);
    CHECK(loss_at(5, 1) != loss);
    CHECK(loss_at(6, 0) != loss);
    CHECK(loss_at(5, 0) == loss);
}

TEST_CASE("Training gives the same bits for any number of threads") {
    const OwnedBatch batch = random_batch<SmallWithDropout>(67);
    const auto trained = [&](int threads) {
        tr::Model<SmallWithDropout, tr::Cpu<>> model{tr::KaimingUniform{}, 6, tr::Cpu<>{threads}};
        tr::Adam optimizer{model};
        std::vector<double> losses;
        for (int step = 0; step < 3; ++step) {
            losses.push_back(tr::train_step(model, batch).loss_sum);
            optimizer.step(model, 0.01);
        }
        return std::tuple(losses, copy_of(model.parameters()), copy_of(model.statistics()));
    };
    const auto expected = trained(1);
    CHECK(trained(2) == expected);
    CHECK(trained(5) == expected);
}

TEST_CASE_TEMPLATE("A batch that does not fit is refused by name, before anything changes", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    const OwnedBatch good = random_batch<Small>(3);
    tr::Model<Small, Backend> model;
    const auto statistics = copy_of(model.statistics());
    const auto complaint = [&](const OwnedBatch& bad) { return error_of([&] { tr::train_step(model, bad); }); };
    OwnedBatch bad = good;
    bad.images.pop_back();
    CHECK(holds(complaint(bad), "a batch of 431 floats does not hold whole images of 144 values"));
    CHECK(holds(complaint({}), "a batch of 0 floats"));
    bad = good;
    bad.labels.clear();
    CHECK(holds(complaint(bad), "a batch of 3 images has 0 labels"));
    bad = good;
    bad.labels.push_back(0);
    CHECK(holds(complaint(bad), "a batch of 3 images has 4 labels"));
    bad = good;
    bad.labels[1] = 4;
    CHECK(holds(complaint(bad), "label 4 is out of range: the network has 4 outputs (0 to 3)"));
    bad.labels[1] = -1;
    CHECK(holds(complaint(bad), "label -1 is out of range"));

    CHECK(model.steps() == 0);
    CHECK(copy_of(model.statistics()) == statistics);
    CHECK(complaint(good) == "no error");
}

TEST_CASE_TEMPLATE("A value that is no number shows in the loss", Backend, tr::Reference<double>, tr::Cpu<>) {
    tr::Model<Small, Backend> model;
    OwnedBatch batch = random_batch<Small>(3);
    batch.images[100] = std::nanf("");
    CHECK(!std::isfinite(tr::train_step(model, batch).loss_sum));
}
