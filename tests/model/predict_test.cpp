#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/predict.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <thread>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Small = SmallNetwork<tr::Dropout2d<30>>;

/// Convolutions on wide and narrow images, the narrowest several to a tile of registers, and a long sum at the end.
using Narrowing = tr::Network<tr::Image<3, 12, 12>, tr::Conv3x3<5>, tr::BatchNorm, tr::ReLU, tr::MaxPool<3>,
                              tr::ResBlock<tr::Conv3x3<5>, tr::GroupNorm<5>, tr::ReLU>, tr::MaxPool<2>,
                              tr::Conv3x3<130>, tr::BatchNorm, tr::ReLU, tr::Flatten, tr::Linear<10>, tr::LogSoftmax>;

/// A model whose running statistics are no longer those of the start.
template <class Backend>
tr::Model<Small, Backend> trained_model(Backend backend = Backend{}) {
    tr::Model<Small, Backend> model{tr::KaimingUniform{}, 2, backend};
    const OwnedBatch batch = random_batch<Small>(8, 9);
    for (int step = 0; step < 4; ++step) tr::train_step(model, batch);
    return model;
}

} // namespace

TEST_CASE_TEMPLATE("A prediction uses the running statistics and drops nothing", Backend, tr::Reference<double>,
                   tr::Cpu<>) {
    auto model = trained_model<Backend>();
    const OwnedBatch batch = random_batch<Small>(3);
    const std::vector<float> outputs = tr::predict(model, batch.images);
    REQUIRE(outputs.size() == 12);
    CHECK(tr::predict(model, batch.images) == outputs);
    for (auto& value : model.statistics()) value *= 2;
    CHECK(tr::predict(model, batch.images) != outputs);
}

TEST_CASE_TEMPLATE("An image's prediction is the same, bit for bit, in any batch and on any number of threads", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    constexpr std::size_t image_size = static_cast<std::size_t>(Narrowing::input.size());
    const auto model_on = [](const Backend& backend) {
        return tr::Model<Narrowing, Backend>{tr::KaimingUniform{}, 2, backend};
    };
    std::vector<Backend> backends{Backend{}};
    if constexpr (std::is_same_v<Backend, tr::Cpu<>>) backends = {tr::Cpu<>{1}, tr::Cpu<>{2}, tr::Cpu<>{3}};
    const OwnedBatch batch = random_batch<Narrowing>(35);
    const std::vector<float> together = tr::predict(model_on(backends[0]), batch.images);
    for (const Backend& backend : backends) {
        const auto model = model_on(backend);
        for (std::size_t size = 1; size <= 17; ++size) {
            CAPTURE(size);
            std::vector<float> outputs;
            for (std::size_t first = 0; first < 35; first += size) {
                const std::size_t count = std::min(size, 35 - first);
                const auto images = std::span(batch.images).subspan(first * image_size, count * image_size);
                const std::vector<float> found = tr::predict(model, images);
                outputs.insert(outputs.end(), found.begin(), found.end());
            }
            CHECK((outputs == together));
        }
    }
}

TEST_CASE("Cpu and Reference predict alike") {
    const OwnedBatch batch = random_batch<Small>(5);
    const auto expected = tr::predict(trained_model<tr::Reference<double>>(), batch.images);
    CHECK(relative_difference(tr::predict(trained_model<tr::Cpu<>>(), batch.images), expected) < 1e-5);
}

TEST_CASE_TEMPLATE("Predicting leaves the model as it is", Backend, tr::Reference<double>, tr::Cpu<>) {
    const auto model = trained_model<Backend>();
    const auto parameters = copy_of(model.parameters());
    const auto statistics = copy_of(model.statistics());
    const auto gradients = copy_of(model.gradients());
    const OwnedBatch batch = random_batch<Small>(5);
    tr::predict(model, batch.images);
    CHECK(copy_of(model.parameters()) == parameters);
    CHECK(copy_of(model.statistics()) == statistics);
    CHECK(copy_of(model.gradients()) == gradients);
    CHECK(model.steps() == 4);
}

TEST_CASE_TEMPLATE("Threads may predict with one model at the same time", Backend, tr::Reference<float>, tr::Cpu<>) {
    Backend backend;
    if constexpr (std::is_same_v<Backend, tr::Cpu<>>) backend = tr::Cpu<>{1};
    const auto model = trained_model<Backend>(backend);
    std::vector<OwnedBatch> batches;
    std::vector<std::vector<float>> expected, found(4);
    for (std::uint64_t i = 0; i < 4; ++i) {
        batches.push_back(random_batch<Small>(3 + static_cast<int>(i), i));
        expected.push_back(tr::predict(model, batches.back().images));
    }
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                for (int times = 0; times < 20; ++times) found[i] = tr::predict(model, batches[i].images);
            });
    }
    CHECK(found == expected);
}

TEST_CASE_TEMPLATE("A predictor takes batches of any size, one after the other", Backend, tr::Reference<double>,
                   tr::Cpu<>) {
    const auto model = trained_model<Backend>();
    tr::Predictor predictor{model};
    for (const int size : {2, 5, 1, 5}) {
        const OwnedBatch batch = random_batch<Small>(size, static_cast<std::uint64_t>(size));
        std::vector<float> outputs(static_cast<std::size_t>(size) * 4);
        model.backend().download(predictor(batch.images), std::span<float>(outputs));
        CHECK(outputs == tr::predict(model, batch.images));
    }
}

TEST_CASE_TEMPLATE("A predictor tells loss and accuracy of a batch", Backend, tr::Reference<double>, tr::Cpu<>) {
    const auto model = trained_model<Backend>();
    const OwnedBatch batch = random_batch<Small>(6);
    const std::vector<float> outputs = tr::predict(model, batch.images);
    const auto expected = [&](double smoothing) {
        tr::Metrics sum{.count = 6};
        for (std::size_t image = 0; image < 6; ++image) {
            const auto row = std::span(outputs).subspan(image * 4, 4);
            double total = 0.0;
            for (const float output : row) total += std::exp(static_cast<double>(output));
            for (std::size_t k = 0; k < 4; ++k) {
                const bool right = static_cast<std::int32_t>(k) == batch.labels[image];
                const double target = (right ? 1 - smoothing : 0.0) + smoothing / 4;
                sum.loss_sum -= target * (static_cast<double>(row[k]) - std::log(total));
            }
            sum.correct += std::ranges::max_element(row) - row.begin() == batch.labels[image] ? 1 : 0;
        }
        return sum;
    };
    tr::Predictor predictor{model};
    for (const float smoothing : {0.0f, 0.2f}) {
        const tr::Metrics metrics = predictor.evaluate(batch, {.label_smoothing = smoothing});
        const tr::Metrics wanted = expected(static_cast<double>(smoothing));
        CHECK(metrics.loss() == doctest::Approx(wanted.loss()).epsilon(1e-5));
        CHECK(metrics.correct == wanted.correct);
        CHECK(metrics.count == 6);
    }
}

TEST_CASE("A batch that does not fit is refused by name") {
    const tr::Model<Small, tr::Cpu<>> model;
    OwnedBatch batch = random_batch<Small>(2);
    tr::Predictor predictor{model};
    batch.labels[0] = 4;
    CHECK(holds(error_of([&] { predictor.evaluate(batch); }),
                "label 4 is out of range: the network has 4 outputs (0 to 3)"));
    batch.labels.pop_back();
    CHECK(holds(error_of([&] { predictor.evaluate(batch); }), "a batch of 2 images has 1 labels"));
    batch.images.pop_back();
    CHECK(holds(error_of([&] { predictor.evaluate(batch); }), "a batch of 287 floats"));
    CHECK(holds(error_of([&] { tr::predict(model, batch.images); }), "a batch of 287 floats"));
    CHECK(holds(error_of([&] { tr::predict(model, {}); }), "a batch of 0 floats"));
}
