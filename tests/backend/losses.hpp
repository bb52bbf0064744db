#pragma once

#include "backend/passes.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/losses/losses.hpp"
#include "tinyres/model/batch.hpp"
#include "tinyres/plan/loss.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <typeinfo>
#include <utility>
#include <vector>

/// Losses by their kernels alone, outside any network, and what holds on every backend.
namespace losses {

namespace tr = tinyres;

struct Found {
    tr::LossSum sum;
    std::vector<double> gradient;
};

/// A loss of outputs (images, Outputs), compared with the labels and targets of a batch, and its gradient.
template <int Outputs, class Backend, tr::Loss L>
Found loss_of(const Backend& backend, const L& loss, const std::vector<float>& outputs, tr::Batch batch) {
    using T = typename Backend::Scalar;
    const passes::Array<Backend, T> values(outputs);
    const passes::Array<Backend, T> gradient(outputs.size());
    const passes::Array<Backend, typename Backend::Storage> image(1);
    const std::vector<float> one(1);
    batch.images = one;
    const int images = static_cast<int>(outputs.size()) / Outputs;
    typename Backend::LossMemory memory;
    memory.reserve(backend, images);
    const tr::LossPlaces places = memory.place(backend, batch, tr::weights_of(loss), image.data());
    tr::Kernel<Backend, tr::Bound<L, tr::Shape<Outputs>>>::run(
        backend,
        {.loss = loss, .batch = images, .outputs = values.data(), .gradient = gradient.data(), .places = places});
    const auto sum = backend.fetch(places.sum);
    if constexpr (Backend::on_host)
        return {sum, gradient.values()};
    else
        return {sum.get(), gradient.values()};
}

/// A loss of one's own: quadratic up to `delta`, linear beyond; PyTorch's `nn.HuberLoss`.
struct Huber {
    static constexpr auto takes = tr::OutputFunction::none;
    static constexpr auto targets = tr::TargetKind::numbers;
    float delta = 1.0f;

    template <class Image>
    constexpr auto terms(const Image& image) const {
        using T = typename Image::Number;
        return [image, limit = static_cast<T>(delta)](int k, T& loss) {
            const T difference = image.output(k) - image.target(k);
            const T clipped = difference < -limit ? -limit : difference > limit ? limit : difference;
            loss += clipped * (difference - clipped / 2) / image.outputs();
            return clipped / image.outputs();
        };
    }
    bool operator==(const Huber&) const = default;
};

/// Outputs of images, and all that they may be compared with.
template <int Outputs>
struct Images {
    std::vector<float> outputs;
    std::vector<std::int32_t> labels;
    std::vector<float> distributions;
    std::vector<float> probabilities; ///< 0, 1 and what lies between
    std::vector<float> numbers;
    std::vector<float> weights; ///< (Outputs)

    explicit Images(int count, std::uint32_t number = 0) {
        tr::RandomStream random({23, tr::Purpose::augmentation, number, 0});
        for (int i = 0; i < count; ++i) {
            labels.push_back(random.below(Outputs));
            float sum = 0.0f;
            for (int k = 0; k < Outputs; ++k) {
                outputs.push_back(random.uniform(-4.0f, 4.0f));
                numbers.push_back(random.uniform(-4.0f, 4.0f));
                const float probability = random.uniform(-1.0f, 2.0f);
                probabilities.push_back(probability < 0.0f ? 0.0f : probability > 1.0f ? 1.0f : probability);
                distributions.push_back(random.uniform(0.0f, 1.0f));
                sum += distributions.back();
            }
            for (int k = 0; k < Outputs; ++k)
                distributions[distributions.size() - 1 - static_cast<std::size_t>(k)] /= sum;
        }
        for (int k = 0; k < Outputs; ++k) weights.push_back(random.uniform(0.25f, 2.0f));
    }
    tr::Batch labeled() const { return {{}, labels}; }
    tr::Batch with(const std::vector<float>& targets) const { return {{}, {}, targets}; }
};

/// Calls check(loss, images, batch) for every loss with what it can be compared with.
template <int Outputs, class Check>
void for_each_loss(const Images<Outputs>& images, const Check& check) {
    const tr::CrossEntropy weighted{.label_smoothing = 0.125f, .class_weights = images.weights};
    check(tr::CrossEntropy{.label_smoothing = 0.125f}, images.labeled());
    check(weighted, images.labeled());
    check(tr::CrossEntropy{}, images.with(images.distributions));
    check(weighted, images.with(images.distributions));
    check(tr::BinaryCrossEntropy{}, images.labeled());
    check(tr::BinaryCrossEntropy{.positive_weights = images.weights}, images.with(images.probabilities));
    check(tr::FocalLoss{}, images.labeled());
    check(tr::FocalLoss{.gamma = 1.5f, .alpha = -1.0f}, images.with(images.probabilities));
    check(tr::FocalLoss{.gamma = 0.5f}, images.with(images.probabilities));
    check(tr::MeanSquaredError{}, images.labeled());
    check(tr::MeanSquaredError{}, images.with(images.numbers));
    check(Huber{.delta = 0.75f}, images.with(images.numbers));
}

/// Losses and gradients are those in double precision, up to `bound`, and so is what is counted.
template <class Backend>
void check_against_double(double bound) {
    constexpr int outputs = 37; // more than the lanes of a warp, and no multiple of them
    for (const int count : {1, 9}) {
        CAPTURE(count);
        const Images<outputs> images(count);
        for_each_loss(images, [&](const auto& loss, const tr::Batch& batch) {
            const Found expected = loss_of<outputs>(tr::Reference<double>{}, loss, images.outputs, batch);
            const Found found = loss_of<outputs>(Backend{}, loss, images.outputs, batch);
            CAPTURE(std::string(typeid(loss).name()));
            CHECK(found.sum.loss == doctest::Approx(expected.sum.loss).epsilon(bound));
            CHECK(found.sum.weight == doctest::Approx(expected.sum.weight).epsilon(bound));
            CHECK(found.sum.correct == expected.sum.correct);
            CHECK(found.sum.judged == expected.sum.judged);
            CHECK(passes::worst_channel_error(found.gradient, expected.gradient, 1) < bound);
        });
    }
}

/// When an image is right: by its label if it has one, else as the loss's targets say.
template <class Backend>
void check_counting() {
    const Backend backend{};
    const std::vector<float> outputs{-1, 3, 2, /**/ 2, -3, 1, /**/ 0.5f, 0.5f, -1};
    const std::vector<std::int32_t> labels{1, 2, 0};
    const auto counted = [&](const auto& loss, const tr::Batch& batch) {
        const tr::LossSum sum = loss_of<3>(backend, loss, outputs, batch).sum;
        return std::pair(sum.correct, sum.judged);
    };
    CHECK(counted(tr::MeanSquaredError{}, {{}, labels}) == std::pair(2, 3));
    const std::vector<float> distributions{0.4f, 0.5f, 0.1f, /**/ 0, 1, 0, /**/ 0.5f, 0.5f, 0};
    CHECK(counted(tr::CrossEntropy{}, {{}, {}, distributions}) == std::pair(2, 3));
    CHECK(counted(tr::CrossEntropy{}, {{}, std::vector<std::int32_t>{0, 0, 1}, distributions}) == std::pair(1, 3));
    const std::vector<float> several{0, 1, 1, /**/ 1, 0, 0, /**/ 1, 0.75f, 0.25f};
    CHECK(counted(tr::BinaryCrossEntropy{}, {{}, {}, several}) == std::pair(2, 3));
    CHECK(counted(tr::FocalLoss{}, {{}, {}, several}) == std::pair(2, 3));
    CHECK(counted(tr::MeanSquaredError{}, {{}, {}, outputs}) == std::pair(0, 0));
}

/// Far from 0, where exp overflows, losses and gradients are what they tend to, and a NaN shows.
template <class Backend>
void check_extremes() {
    const Backend backend{};
    const std::vector<float> outputs{1000, -1000, 1000, -1000};
    const std::vector<float> wrong{0, 1, 1, 0}; // two are wrong, two right
    const auto near = [](const Found& found, double loss, const std::vector<double>& gradient) {
        CHECK(found.sum.loss == doctest::Approx(loss));
        for (std::size_t k = 0; k < 4; ++k) CHECK(found.gradient[k] == doctest::Approx(gradient[k]));
    };
    near(loss_of<4>(backend, tr::BinaryCrossEntropy{}, outputs, {{}, {}, wrong}), 500, {0.25, -0.25, 0, 0});
    near(loss_of<4>(backend, tr::FocalLoss{.alpha = -1.0f}, outputs, {{}, {}, wrong}), 500, {0.25, -0.25, 0, 0});
    near(loss_of<4>(backend, tr::FocalLoss{.gamma = 0.5f, .alpha = 0.25f}, outputs, {{}, {}, wrong}), 250,
         {0.75 / 4, -0.25 / 4, 0, 0});
    const float nan = std::nanf("");
    const std::vector<float> with_nan{0, nan, 0, 0};
    CHECK(std::isnan(loss_of<4>(backend, tr::BinaryCrossEntropy{}, with_nan, {{}, {}, wrong}).gradient[1]));
    CHECK(std::isnan(loss_of<4>(backend, tr::FocalLoss{}, with_nan, {{}, {}, wrong}).gradient[1]));
    CHECK(std::isnan(loss_of<4>(backend, tr::FocalLoss{}, with_nan, {{}, {}, wrong}).sum.loss));
}

/// A loss of the first outputs is that of a network which has no others (compilers may round its two kinds otherwise in
/// the last place), and these get no gradient.
template <class Backend>
void check_first_outputs() {
    constexpr int counted = 37, all = 50;
    const Images<counted> images(9);
    std::vector<float> wide;
    for (std::size_t i = 0; i < images.outputs.size(); ++i) {
        wide.push_back(images.outputs[i]);
        if ((i + 1) % counted == 0) wide.insert(wide.end(), all - counted, 100.0f); // greater than all that count
    }
    for_each_loss(images, [&](const auto& loss, const tr::Batch& batch) {
        CAPTURE(std::string(typeid(loss).name()));
        const Found expected = loss_of<counted>(Backend{}, loss, images.outputs, batch);
        const Found found = loss_of<all>(Backend{}, tr::FirstOutputs{loss, counted}, wide, batch);
        CHECK(found.sum.loss == doctest::Approx(expected.sum.loss).epsilon(1e-6));
        CHECK(found.sum.weight == expected.sum.weight);
        CHECK(found.sum.correct == expected.sum.correct);
        CHECK(found.sum.judged == expected.sum.judged);
        std::vector<double> narrow;
        for (std::size_t i = 0; i < found.gradient.size(); ++i)
            if (i % all < counted)
                narrow.push_back(found.gradient[i]);
            else
                CHECK(found.gradient[i] == 0.0);
        REQUIRE(narrow.size() == expected.gradient.size());
        for (std::size_t i = 0; i < narrow.size(); ++i)
            CHECK(std::abs(narrow[i] - expected.gradient[i]) <= 1e-6 * std::abs(expected.gradient[i]) + 1e-9);
    });
}

} // namespace losses
