#include "backend/losses.hpp"
#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <tinyres/backend/cuda/loss.hpp>
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/model/batch.hpp>

namespace {

namespace tr = tinyres;

struct Loss {
    tr::LossSum sum;
    std::vector<double> gradient;
    int waits = 0; ///< how often the host waited before the numbers were asked for
};

/// The loss of outputs (batch, Classes). With `memory` it is added to what that holds.
template <int Classes, class Backend>
Loss loss_of(const Backend& backend, const std::vector<float>& outputs, const std::vector<std::int32_t>& labels,
             float smoothing = 0.0f, bool wants_gradient = true, typename Backend::LossMemory* memory = nullptr) {
    using T = typename Backend::Scalar;
    const passes::Array<Backend, T> values(outputs);
    const passes::Array<Backend, T> gradient(outputs.size());
    const passes::Array<Backend, T> image(1);
    const std::vector<float> one(1);
    typename Backend::LossMemory own;
    typename Backend::LossMemory& used = memory ? *memory : own;
    const auto batch = static_cast<int>(labels.size());
    used.reserve(backend, batch);
    const int before = cuda_shim::host_waits;
    const tr::LossPlaces places = used.place(backend, tr::Batch{one, labels}, {}, image.data());
    tr::Kernel<Backend, tr::Bound<tr::CrossEntropy, tr::Shape<Classes>>>::run(
        backend, {.loss = {.label_smoothing = smoothing},
                  .batch = batch,
                  .outputs = values.data(),
                  .gradient = wants_gradient ? gradient.data() : nullptr,
                  .places = places,
                  .adds = memory != nullptr});
    const auto sum = backend.fetch(places.sum);
    Loss loss;
    loss.waits = cuda_shim::host_waits - before;
    if constexpr (Backend::on_host)
        loss.sum = sum;
    else
        loss.sum = sum.get();
    if (wants_gradient) loss.gradient = gradient.values();
    return loss;
}

std::vector<std::int32_t> random_labels(int count, int classes) {
    tr::RandomStream random({5, tr::Purpose::augmentation, 0, 0});
    std::vector<std::int32_t> labels;
    for (int i = 0; i < count; ++i) labels.push_back(random.below(classes));
    return labels;
}

template <class T, int Classes>
void check(std::initializer_list<int> batches) {
    for (const int batch : batches)
        for (const float smoothing : {0.0f, 0.2f}) {
            CAPTURE(batch);
            CAPTURE(Classes);
            const auto outputs = passes::random_operands<tr::Shape<Classes>, tr::Softmax>(batch).input;
            const auto labels = random_labels(batch, Classes);
            const Loss expected = loss_of<Classes>(tr::Reference<double>{}, outputs, labels, smoothing);
            const Loss found = loss_of<Classes>(tr::Cuda<T>{}, outputs, labels, smoothing);
            CHECK(found.sum.loss == doctest::Approx(expected.sum.loss).epsilon(1e-6));
            CHECK(found.sum.correct == expected.sum.correct);
            CHECK(passes::worst_channel_error(found.gradient, expected.gradient, 1) < 2e-6);
            cuda_shim::in_every_order([&] {
                const Loss again = loss_of<Classes>(tr::Cuda<T>{}, outputs, labels, smoothing);
                CHECK(again.sum.loss == found.sum.loss);
                CHECK(again.sum.correct == found.sum.correct);
                CHECK(passes::same(again.gradient, found.gradient));
            });
            CHECK(loss_of<Classes>(tr::Cuda<T>{}, outputs, labels, smoothing, false).sum.loss == found.sum.loss);
        }
}

} // namespace

TEST_CASE_TEMPLATE("cross entropy on the GPU agrees with double precision", T, float, tr::bfloat16) {
    check<T, 2>({1, 3});
    check<T, 10>({1, 3, 65});
    check<T, 33>({3});
    check<T, 1000>({3});
}

TEST_CASE("all losses on the GPU agree with double precision") {
    losses::check_against_double<tr::Cuda<>>(2e-6);
    losses::check_counting<tr::Cuda<>>();
    losses::check_extremes<tr::Cuda<>>();
    losses::check_first_outputs<tr::Cuda<>>();
}

TEST_CASE("a loss's weights are copied to the GPU once, and again when they are others") {
    const tr::Cuda<> cuda;
    const std::vector<float> pixel(1);
    const std::vector<std::int32_t> labels{0};
    const passes::Array<tr::Cuda<>, float> image(1);
    tr::Cuda<>::LossMemory memory;
    memory.reserve(cuda, 1);
    std::vector<float> weights{1, 2, 3};
    const auto place = [&] { return memory.place(cuda, tr::Batch{pixel, labels}, weights, image.data()).weights; };
    const auto there = [&](const float* at) {
        std::vector<float> values(3);
        cuda.download(at, std::span<float>(values));
        return values;
    };
    const float* const first = place();
    CHECK(there(first) == weights);
    const std::vector<float> others{7, 8, 9};
    cuda.upload(std::span<const float>(others), const_cast<float*>(first)); // as nobody should
    CHECK(place() == first);
    CHECK(there(first) == others); // not copied again
    weights[1] = 5;
    CHECK(place() == first);
    CHECK(there(first) == weights);
}

TEST_CASE("the loss summed on the GPU does not depend on where a batch ends") {
    const auto outputs = passes::random_operands<tr::Shape<10>, tr::Softmax>(65).input;
    const auto labels = random_labels(65, 10);
    const tr::Cuda<> cuda;
    const Loss whole = loss_of<10>(cuda, outputs, labels, 0.1f, false);
    for (const int first : {1, 32, 64}) {
        tr::Cuda<>::LossMemory memory;
        loss_of<10>(cuda, {outputs.begin(), outputs.begin() + first * 10}, {labels.begin(), labels.begin() + first},
                    0.1f, false, &memory);
        const tr::LossSum sum = loss_of<10>(cuda, {outputs.begin() + first * 10, outputs.end()},
                                            {labels.begin() + first, labels.end()}, 0.1f, false, &memory)
                                    .sum;
        CHECK(sum.loss == whole.sum.loss);
        CHECK(sum.correct == whole.sum.correct);
    }
}

TEST_CASE("cross entropy of extreme outputs is finite on the GPU") {
    const std::vector<float> outputs{1e4f, 0, -1e4f, /**/ 1e4f, 0, -1e4f, /**/ -1e4f, -1e4f, -1e4f};
    const Loss loss = loss_of<3>(tr::Cuda<>{}, outputs, {0, 2, 1});
    CHECK(loss.sum.loss == doctest::Approx(0.0 + 2e4 + std::log(3.0)).epsilon(1e-6));
    const std::vector<double> expected{0, 0, 0, 1.0 / 3, 0, -1.0 / 3, 1.0 / 9, -2.0 / 9, 1.0 / 9};
    for (std::size_t i = 0; i < 9; ++i) CHECK(loss.gradient[i] == doctest::Approx(expected[i]).epsilon(1e-4));
    CHECK(std::isfinite(loss_of<3>(tr::Cuda<>{}, outputs, {0, 2, 1}, 0.1f).sum.loss));
}

TEST_CASE("an image on the GPU is right when its label has the greatest output, the first one of equals") {
    const std::vector<float> outputs{1, 3, 2, /**/ 1, 3, 2, /**/ 5, 5, 5, /**/ 5, 5, 5};
    CHECK(loss_of<3>(tr::Cuda<>{}, outputs, {1, 2, 0, 1}).sum.correct == 2);
    std::vector<float> many(40, 1.0f);
    many[33] = many[39] = 2.0f;
    CHECK(loss_of<40>(tr::Cuda<>{}, many, {33}).sum.correct == 1);
    CHECK(loss_of<40>(tr::Cuda<>{}, many, {39}).sum.correct == 0);
}

TEST_CASE("a NaN among the outputs makes the loss a NaN, and the image right where the reference says so") {
    const float nan = std::nanf("");
    for (const std::vector<float>& outputs :
         {std::vector{1.0f, nan, 2.0f, /**/ 1.0f, 2.0f, 3.0f}, std::vector{nan, 1.0f, 2.0f, /**/ 1.0f, 2.0f, 3.0f},
          std::vector{nan, nan, nan, /**/ 1.0f, 2.0f, 3.0f}})
        for (const std::int32_t label : {0, 1, 2}) {
            CAPTURE(label);
            const Loss found = loss_of<3>(tr::Cuda<>{}, outputs, {label, 0});
            CHECK(std::isnan(found.sum.loss));
            CHECK(found.sum.correct == loss_of<3>(tr::Reference<float>{}, outputs, {label, 0}).sum.correct);
        }
}

TEST_CASE("the loss waits only where it is asked for" * doctest::skip(!cuda_shim::emulated)) {
    const cuda_shim::RestoreSettings restore;
    const auto outputs = passes::random_operands<tr::Shape<10>, tr::Softmax>(65).input;
    const auto labels = random_labels(65, 10);
    const tr::Cuda<> cuda;
    const Loss expected = loss_of<10>(cuda, outputs, labels);
    cuda_shim::settings.lazy_streams = true;
    const Loss found = loss_of<10>(cuda, outputs, labels);
    CHECK(found.waits == 0);
    CHECK(found.sum.loss == expected.sum.loss);
    CHECK(passes::same(found.gradient, expected.gradient));
}
