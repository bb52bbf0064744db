#include "backend/losses.hpp"

#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

/// The mean loss of outputs in double, and its gradient where it is wanted.
template <int Outputs, tr::Loss L>
double mean_loss(const L& loss, const std::vector<double>& outputs, const tr::Batch& batch,
                 double* gradient = nullptr) {
    tr::LossSum sum;
    tr::Kernel<tr::Reference<double>, tr::Bound<L, tr::Shape<Outputs>>>::run(
        {}, {.loss = loss,
             .batch = static_cast<int>(outputs.size()) / Outputs,
             .outputs = outputs.data(),
             .gradient = gradient,
             .places = {.labels = batch.labels.empty() ? nullptr : batch.labels.data(),
                        .targets = batch.targets.empty() ? nullptr : batch.targets.data(),
                        .weights = tr::weights_of(loss).data(),
                        .sum = &sum}});
    return sum.loss / sum.weight;
}

} // namespace

TEST_CASE("The gradient of each loss is the slope of its mean") {
    constexpr int outputs = 37;
    const losses::Images<outputs> images(3);
    const std::vector<double> at(images.outputs.begin(), images.outputs.end());
    losses::for_each_loss(images, [&](const auto& loss, const tr::Batch& batch) {
        CAPTURE(std::string(typeid(loss).name()));
        std::vector<double> gradient(at.size());
        mean_loss<outputs>(loss, at, batch, gradient.data());
        const double step = 1e-5;
        for (std::size_t i = 0; i < at.size(); i += 2) {
            auto above = at, below = at;
            above[i] += step;
            below[i] -= step;
            const double slope =
                (mean_loss<outputs>(loss, above, batch) - mean_loss<outputs>(loss, below, batch)) / (2 * step);
            CHECK(std::abs(gradient[i] - slope) < 1e-9);
        }
    });
}

TEST_CASE_TEMPLATE("Losses in float are those in double", Backend, tr::Cpu<>, tr::Reference<float>) {
    losses::check_against_double<Backend>(2e-6);
}

TEST_CASE_TEMPLATE("A loss of the first outputs is that of a network without the others", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    losses::check_first_outputs<Backend>();
}

TEST_CASE_TEMPLATE("An image is right by its label, or as the loss's targets say", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    losses::check_counting<Backend>();
}

TEST_CASE_TEMPLATE("Losses of extreme outputs are finite, those of a NaN are not", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    losses::check_extremes<Backend>();
}

TEST_CASE("Targets that are 1 at the label give what labels give, bit for bit") {
    const losses::Images<37> images(9);
    std::vector<float> targets(images.outputs.size());
    for (std::size_t i = 0; i < images.labels.size(); ++i)
        targets[i * 37 + static_cast<std::size_t>(images.labels[i])] = 1.0f;
    const tr::CrossEntropy loss;
    const losses::Found expected = losses::loss_of<37>(tr::Cpu<>{}, loss, images.outputs, images.labeled());
    const losses::Found found = losses::loss_of<37>(tr::Cpu<>{}, loss, images.outputs, images.with(targets));
    CHECK(found.sum.loss == expected.sum.loss);
    CHECK(found.sum.correct == expected.sum.correct);
    CHECK(found.gradient == expected.gradient);
}

TEST_CASE("Class weights make the mean over labels a weighted one, and that over distributions not") {
    const std::vector<float> outputs{0, 0, /**/ 1, 3};
    const std::vector<std::int32_t> labels{0, 1};
    const std::vector<float> weights{0.5f, 2.0f};
    const tr::CrossEntropy loss{.class_weights = weights};
    const double expected = 0.5 * std::log(2.0) + 2.0 * std::log(1.0 + std::exp(-2.0));
    const tr::LossSum hard = losses::loss_of<2>(tr::Reference<double>{}, loss, outputs, {{}, labels}).sum;
    CHECK(hard.loss == doctest::Approx(expected));
    CHECK(hard.weight == 2.5);
    const std::vector<float> targets{1, 0, 0, 1};
    const tr::LossSum soft = losses::loss_of<2>(tr::Reference<double>{}, loss, outputs, {{}, {}, targets}).sum;
    CHECK(soft.loss == doctest::Approx(expected));
    CHECK(soft.weight == 2.0);
}

TEST_CASE("Huber's loss, written as a user writes one, is quadratic near the target and linear beyond") {
    const std::vector<float> targets{0, 0};
    const losses::Found found = losses::loss_of<2>(tr::Cpu<>{}, losses::Huber{}, {0.5f, -3.0f}, {{}, {}, targets});
    CHECK(found.sum.loss == doctest::Approx((0.125 + 2.5) / 2));
    CHECK(found.gradient == std::vector<double>{0.25, -0.5});
}
