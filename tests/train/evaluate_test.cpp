#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/train/evaluate.hpp"
#include "tinyres/train/predict_views.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE_TEMPLATE("An evaluation goes over every image once and predicts as predict does", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    const tr::Dataset images = tr::make_synthetic(tr::Split::test, 25);
    const tr::Model<ImageNetwork, Backend> model{tr::KaimingUniform{}, 8};
    tr::Metrics expected{.count = 25};
    tr::Loader one_by_one{images, tr::cifar10_normalization(), {.batch_size = 1}};
    for (const tr::Batch& batch : one_by_one.epoch(0)) {
        const std::vector<float> outputs = tr::predict(model, batch.images);
        double total = 0.0;
        for (const float output : outputs) total += std::exp(static_cast<double>(output));
        const auto label = static_cast<std::size_t>(batch.labels[0]);
        expected.loss_sum += std::log(total) - static_cast<double>(outputs[label]);
        expected.correct += std::ranges::max_element(outputs) - outputs.begin() == batch.labels[0] ? 1 : 0;
    }
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 10}};
    for (int times = 0; times < 2; ++times) {
        const tr::Metrics found = tr::evaluate(model, loader);
        CHECK(found.count == 25);
        CHECK(found.correct == expected.correct);
        CHECK(found.loss() == doctest::Approx(expected.loss()).epsilon(1e-5));
    }
    CHECK(tr::evaluate(model, loader, {.label_smoothing = 0.5f}).loss() != tr::evaluate(model, loader).loss());
}

TEST_CASE_TEMPLATE("An evaluation is the same, bit for bit, for any batch size", Backend, tr::Reference<double>,
                   tr::Cpu<>) {
    const tr::Dataset images = tr::make_synthetic(tr::Split::test, 25);
    const tr::Model<ImageNetwork, Backend> model{tr::KaimingUniform{}, 8};
    const auto loss_in_batches_of = [&](int size) {
        tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = size}};
        return tr::evaluate(model, loader).loss_sum;
    };
    const double together = loss_in_batches_of(25);
    for (int size = 1; size < 25; ++size) {
        CAPTURE(size);
        CHECK(loss_in_batches_of(size) == together);
    }
}

TEST_CASE_TEMPLATE("The predictions of a loader's images are those of the images one by one, bit for bit", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    const tr::Dataset images = tr::make_synthetic(tr::Split::test, 25);
    const tr::Model<ImageNetwork, Backend> model{tr::KaimingUniform{}, 8};
    std::vector<float> expected;
    tr::Loader one_by_one{images, tr::cifar10_normalization(), {.batch_size = 1}};
    for (const tr::Batch& batch : one_by_one.epoch(0))
        for (const float output : tr::predict(model, batch.images)) expected.push_back(output);
    CHECK(expected.size() == 25 * static_cast<std::size_t>(ImageNetwork::output.size()));
    for (const int size : {1, 7, 25, 40}) {
        CAPTURE(size);
        tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = size}};
        CHECK(tr::predict(model, loader) == expected);
    }
}

TEST_CASE("An evaluation of a data set with more classes than the network's ends with an error") {
    tr::Dataset images = tr::make_synthetic(tr::Split::test, 10);
    images.labels[9] = 10;
    images.class_names.emplace_back("one more");
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 4}};
    const tr::Model<ImageNetwork, tr::Cpu<>> model;
    CHECK(error_of([&] { tr::evaluate(model, loader); }) ==
          "label 10 is out of range: the network has 10 outputs (0 to 9)");
}

TEST_CASE("The prediction of several views is the weighted mean of theirs") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::test, 7);
    const tr::Model<ImageNetwork, tr::Cpu<>> model{tr::KaimingUniform{}, 8};
    const auto outputs = [&](const auto& transform) {
        tr::Loader loader{images, tr::Compose{transform, tr::cifar10_normalization()}, {.batch_size = 3}};
        return tr::predict(model, loader);
    };
    const std::vector<float> plain = outputs(tr::Compose{}), mirrored = outputs(tr::FlipLR{.probability = 1.0f});
    CHECK(plain != mirrored);
    const auto views = [&](std::span<const tr::WeightedView> list) {
        return tr::predict_views(model, images, tr::cifar10_normalization(), list, {.batch_size = 4});
    };
    CHECK(views(std::array{tr::WeightedView{}}) == plain);
    const std::vector<float> two = views(tr::mirrored_views);
    for (std::size_t i = 0; i < two.size(); ++i) CHECK(two[i] == doctest::Approx(0.5f * (plain[i] + mirrored[i])));
    const auto up = outputs(tr::View{.down = -1, .right = -1}), down = outputs(tr::View{.down = 1, .right = 1});
    const auto other_up = outputs(tr::View{.down = -1, .right = -1, .mirrored = true});
    const auto other_down = outputs(tr::View{.down = 1, .right = 1, .mirrored = true});
    const std::vector<float> six = views(tr::mirrored_and_moved_views);
    for (std::size_t i = 0; i < six.size(); ++i)
        CHECK(six[i] == doctest::Approx(0.25f * (plain[i] + mirrored[i]) +
                                        0.125f * (up[i] + down[i] + other_up[i] + other_down[i])));

    const std::string refusal = "predict_views: give one view or more, and a loader in the data set's order";
    CHECK(error_of([&] { views({}); }) == refusal);
    CHECK(error_of([&] {
              tr::predict_views(model, images, tr::cifar10_normalization(), tr::mirrored_views, {.shuffle = true});
          }) == refusal);
}
