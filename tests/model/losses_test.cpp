#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/losses/losses.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/optim/sgd.hpp"

#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// Two numbers in, two out: what it does can be worked out on paper.
using Tiny = tr::Network<tr::Image<2, 1, 1>, tr::Flatten, tr::Linear<2>>;

constexpr auto one_of_two = tr::TargetKind::distribution;

} // namespace

TEST_CASE_TEMPLATE("A regression finds the matrix that made its targets, and has no accuracy", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    std::vector<float> images, targets;
    tr::RandomStream random({3, tr::Purpose::augmentation, 0, 0});
    for (int i = 0; i < 8; ++i) {
        const float x = random.uniform(-1.0f, 1.0f), y = random.uniform(-1.0f, 1.0f);
        images.insert(images.end(), {x, y});
        targets.insert(targets.end(), {2 * x - y + 0.5f, -3 * y});
    }
    tr::Model<Tiny, Backend> model;
    tr::Sgd optimizer{model, {.momentum = 0.9}};
    tr::Metrics metrics;
    for (int step = 0; step < 300; ++step) {
        metrics = tr::train_step(model, {.images = images, .labels = {}, .targets = targets, .count = 8},
                                 tr::MeanSquaredError{});
        optimizer.step(model, 0.1);
    }
    CHECK(metrics.loss() < 1e-8);
    CHECK(metrics.count == 8);
    CHECK(std::isnan(metrics.accuracy()));
    const std::array<double, 6> expected{2, 0, -1, -3, 0.5, 0}; // weights (in, out), biases
    CHECK(relative_difference(model.parameters(), expected) < 1e-3);
}

TEST_CASE("A loss of more outputs than the network has is an error, and so is a label that does not count") {
    tr::Model<Tiny, tr::Reference<double>> model{tr::KaimingUniform{}, 5};
    const OwnedBatch batch = random_batch<Tiny>(4);
    const auto train = [&](int counted) {
        return error_of([&] { tr::train_step(model, batch, tr::FirstOutputs{tr::CrossEntropy{}, counted}); });
    };
    CHECK(train(3) == "the loss is about 3 outputs and the network has 2; give 1 to 2");
    CHECK(train(1).find("label 1 is out of range") != std::string::npos);
    CHECK(train(2) == "no error");
}

TEST_CASE_TEMPLATE("With class weights the loss of batches adds up to that of all images, to the bit", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    const tr::Model<Tiny, Backend> model{tr::KaimingUniform{}, 5};
    const OwnedBatch batch = random_batch<Tiny>(9);
    const std::vector<float> weights{0.5f, 2.0f};
    const tr::CrossEntropy loss{.class_weights = weights};
    tr::Predictor predictor{model};
    const tr::Metrics whole = predictor.evaluate(batch, loss);
    CHECK(whole.weight == 5 * 0.5 + 4 * 2.0);
    const std::span<const float> images(batch.images);
    const std::span<const std::int32_t> labels(batch.labels);
    predictor.evaluate(tr::Batch{images.first(2 * 2), labels.first(2)}, loss);
    const tr::Metrics parts = predictor.evaluate(tr::Batch{images.subspan(2 * 2), labels.subspan(2)}, loss, true);
    CHECK(parts.loss_sum == whole.loss_sum);
    CHECK(parts.weight == whole.weight);
    CHECK(parts.loss() == whole.loss());
    CHECK(parts.judged == 9);
}

TEST_CASE("What a batch lacks or has too much of is said in one line") {
    const std::vector<float> images(6), targets{0.5f, 0.5f, 1, 0, 0, 1};
    const std::vector<std::int32_t> labels{0, 1, 0};
    const auto complaint = [](const tr::Batch& batch, tr::TargetKind kind) {
        return error_of([&] { batch.require_fits(2, 2, kind); });
    };
    CHECK(complaint({images, labels}, one_of_two) == "no error");
    CHECK(complaint({images, {}, targets, 3}, one_of_two) == "no error");
    CHECK(complaint({images, labels, targets}, one_of_two) == "no error");
    CHECK(tr::Batch{images, {}, targets, 3}.require_fits(2, 2, one_of_two) == 3);

    CHECK(complaint({images, {}}, one_of_two) == "a batch of 3 images has 0 labels; give one label for each image");
    CHECK(complaint({images, {}, targets}, one_of_two) ==
          "a batch of 3 images has targets without labels and count 0; set its count to 3");
    CHECK(complaint({images, std::span(labels).first(2), targets}, one_of_two) ==
          "a batch of 3 images has 2 labels; give one label for each image");
    CHECK(complaint({images, labels, std::span(targets).first(5)}, one_of_two) ==
          "a batch of 3 images has 5 targets; give one for each of the network's 2 outputs of each image");
    const auto with = [&](float first, float second, tr::TargetKind kind) {
        const std::vector<float> bad{1, 0, first, second, 0, 1};
        return complaint({images, {}, bad, 3}, kind);
    };
    CHECK(holds(with(0.5f, 0.25f, one_of_two), "the targets of image 1 sum to 0.75"));
    CHECK(holds(with(1.5f, -0.5f, one_of_two), "target 1.5"));
    CHECK(with(0.5f, 0.25f, tr::TargetKind::probabilities) == "no error");
    CHECK(holds(with(0.5f, -0.25f, tr::TargetKind::probabilities), "of image 1 is not in [0, 1]"));
    CHECK(with(-7.0f, 100.0f, tr::TargetKind::numbers) == "no error");
    for (const auto kind : {one_of_two, tr::TargetKind::probabilities, tr::TargetKind::numbers})
        CHECK(holds(with(0.5f, std::nanf(""), kind), "target nan of image 1 is not"));
}

TEST_CASE("Weights that do not fit are refused before anything changes") {
    tr::Model<Tiny, tr::Cpu<>> model;
    const OwnedBatch batch = random_batch<Tiny>(2);
    const auto complaint = [&](const std::vector<float>& weights) {
        return error_of([&] { tr::train_step(model, batch, tr::CrossEntropy{.class_weights = weights}); });
    };
    CHECK(complaint({1, 2, 3}) == "the loss has 3 weights and the network 2 outputs; give one for each output");
    CHECK(holds(complaint({1, -2}), "the loss has a weight of -2"));
    CHECK(holds(complaint({std::nanf(""), 1}), "the loss has a weight of nan"));
    CHECK(model.steps() == 0);
    CHECK(complaint({1, 2}) == "no error");
}
