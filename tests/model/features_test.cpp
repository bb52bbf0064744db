#include "tinyres/model/features.hpp"

#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/predict.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Net = tr::Network<tr::Image<3, 8, 6>, tr::Sequential<tr::Conv3x3<5>, tr::BatchNorm>, tr::ReLU, tr::MaxPool<2>,
                        tr::Flatten, tr::Sequential<tr::Linear<4>, tr::LogSoftmax>>;

/// A model with statistics that are not those that it begins with.
template <class Backend>
tr::Model<Net, Backend> trained_a_little() {
    tr::Model<Net, Backend> model{tr::KaimingUniform{}, 3};
    for (std::uint64_t step = 0; step < 3; ++step) tr::train_step(model, random_batch<Net>(8, step));
    return model;
}

} // namespace

TEST_CASE_TEMPLATE("Features are the outputs of a model of the network without its head that has the same values",
                   Backend, tr::Cpu<>, tr::Reference<float>) {
    const tr::Model<Net, Backend> model = trained_a_little<Backend>();
    using Body = tr::WithoutHead<Net>;
    tr::Model<Body, Backend> body;
    std::ranges::copy(model.parameters().first(body.parameters().size()), body.parameters().begin());
    std::ranges::copy(model.statistics().first(body.statistics().size()), body.statistics().begin());
    const OwnedBatch batch = random_batch<Net>(300); // more images than are computed at once
    const std::vector<float> features = tr::features(model, std::span<const float>(batch.images));
    CHECK((features == tr::predict(body, std::span<const float>(batch.images))));
    CHECK(features.size() == 300 * 60);
    CHECK(std::ranges::any_of(features, [](float value) { return value > 0.0f; }));
}

TEST_CASE("An extractor reads the model's parameters where they are, and does not change its answers") {
    tr::Model<Net, tr::Cpu<>> model = trained_a_little<tr::Cpu<>>();
    tr::FeatureExtractor extractor(model);
    static_assert(decltype(extractor)::size == 60);
    const OwnedBatch batch = random_batch<Net>(1);
    const std::vector<float> before(extractor(batch.images), extractor(batch.images) + 60);
    CHECK((before == tr::features(model, std::span<const float>(batch.images))));
    std::ranges::fill(model.parameters().subspan(3 * 9 * 5 + 5, 5), 0.0f);  // the normalization's weight
    std::ranges::fill(model.parameters().subspan(3 * 9 * 5 + 10, 5), 2.0f); // and its bias
    const float* after = extractor(batch.images);
    CHECK(std::count(after, after + 60, 2.0f) == 60);
}

TEST_CASE("Features of what are no images, and of a model that was moved from, are refused") {
    tr::Model<Net, tr::Cpu<>> model;
    const std::vector<float> values(145);
    CHECK(holds(error_of([&] { tr::features(model, std::span<const float>(values)); }),
                "a batch of 145 floats does not hold whole images of 144 values each"));
    const tr::Model<Net, tr::Cpu<>> taken = std::move(model);
    CHECK(holds(error_of([&] { tr::features(model, std::span<const float>(values).first(144)); }), "moved from"));
}
