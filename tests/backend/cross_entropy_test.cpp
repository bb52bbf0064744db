#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/losses/cross_entropy.hpp"

#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

struct Loss {
    tr::LossSum sum;
    std::vector<double> gradient;
};

/// The loss of outputs (batch, Classes).
template <class Backend, int Classes>
Loss loss_of(const std::vector<float>& outputs, const std::vector<std::int32_t>& labels, float smoothing = 0.0f) {
    using T = typename Backend::Storage;
    const passes::Array<Backend, T> values(outputs);
    const passes::Array<Backend, T> gradient(outputs.size());
    tr::LossSum sum;
    tr::Kernel<Backend, tr::Bound<tr::CrossEntropy, tr::Shape<Classes>>>::run(
        Backend{}, {.loss = {.label_smoothing = smoothing},
                    .batch = static_cast<int>(labels.size()),
                    .outputs = values.data(),
                    .gradient = gradient.data(),
                    .places = {.labels = labels.data(), .sum = &sum}});
    return {sum, gradient.values()};
}

} // namespace

TEST_CASE_TEMPLATE("cross entropy is - sum of target * log(softmax), summed over the batch", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    const std::vector<float> outputs{1, 2, 3, /**/ 0, 0, 0};
    const std::vector<std::int32_t> labels{1, 2};
    const double denominator = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
    const double log_probabilities[] = {1.0 - std::log(denominator), 2.0 - std::log(denominator),
                                        3.0 - std::log(denominator)};
    CHECK(loss_of<Backend, 3>(outputs, labels).sum.loss ==
          doctest::Approx(-log_probabilities[1] + std::log(3.0)).epsilon(1e-6));

    const double smoothing = 0.3;
    double smoothed = std::log(3.0);
    for (int k = 0; k < 3; ++k) smoothed -= log_probabilities[k] * ((k == 1 ? 1.0 - smoothing : 0.0) + smoothing / 3);
    CHECK(loss_of<Backend, 3>(outputs, labels, 0.3f).sum.loss == doctest::Approx(smoothed).epsilon(1e-6));
}

TEST_CASE("the gradient of cross entropy is that of the mean loss") {
    const int batch = 5;
    const auto operands = passes::random_operands<tr::Shape<7>, tr::Softmax>(batch);
    const std::vector<std::int32_t> labels{0, 6, 3, 3, 1};
    for (const float smoothing : {0.0f, 0.2f}) {
        const auto loss = [&](const std::vector<float>& outputs) {
            return loss_of<tr::Reference<double>, 7>(outputs, labels, smoothing);
        };
        const Loss found = loss(operands.input);
        const Loss single = loss_of<tr::Cpu<>, 7>(operands.input, labels, smoothing);
        CHECK(single.sum.loss == doctest::Approx(found.sum.loss).epsilon(1e-6));
        CHECK(passes::worst_channel_error(single.gradient, found.gradient, 1) < 1e-6);
        for (std::size_t i = 0; i < operands.input.size(); ++i) {
            auto above = operands.input;
            auto below = operands.input;
            above[i] += 0x1p-9f;
            below[i] -= 0x1p-9f;
            const double width = static_cast<double>(above[i]) - static_cast<double>(below[i]);
            const double numeric = (loss(above).sum.loss - loss(below).sum.loss) / width / batch;
            CHECK(found.gradient[i] == doctest::Approx(numeric).epsilon(1e-5));
        }
    }
}

TEST_CASE_TEMPLATE("cross entropy of log-probabilities is that of the logits", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    const auto operands = passes::random_operands<tr::Shape<10>, tr::LogSoftmax>(4);
    const std::vector<double> logarithms = passes::run<tr::Shape<10>, tr::LogSoftmax>(Backend{}, operands).output;
    const std::vector<std::int32_t> labels{9, 0, 4, 4};
    std::vector<float> inputs;
    for (const double value : logarithms) inputs.push_back(static_cast<float>(value));
    const Loss of_logits = loss_of<Backend, 10>(operands.input, labels);
    const Loss of_logarithms = loss_of<Backend, 10>(inputs, labels);
    CHECK(of_logarithms.sum.loss == doctest::Approx(of_logits.sum.loss).epsilon(1e-6));
    CHECK(passes::worst_channel_error(of_logarithms.gradient, of_logits.gradient, 1) < 1e-6);
    double expected = 0.0;
    for (std::size_t n = 0; n < 4; ++n) expected -= logarithms[n * 10 + static_cast<std::size_t>(labels[n])];
    CHECK(of_logits.sum.loss == doctest::Approx(expected).epsilon(1e-6));
}

TEST_CASE_TEMPLATE("cross entropy of extreme outputs is finite", Backend, tr::Cpu<>, tr::Reference<double>) {
    const std::vector<float> outputs{1e4f, 0, -1e4f, /**/ 1e4f, 0, -1e4f, /**/ -1e4f, -1e4f, -1e4f};
    const Loss loss = loss_of<Backend, 3>(outputs, {0, 2, 1});
    CHECK(loss.sum.loss == doctest::Approx(0.0 + 2e4 + std::log(3.0)).epsilon(1e-6));
    const std::vector<double> expected{0, 0, 0, 1.0 / 3, 0, -1.0 / 3, 1.0 / 9, -2.0 / 9, 1.0 / 9};
    for (std::size_t i = 0; i < 9; ++i) CHECK(loss.gradient[i] == doctest::Approx(expected[i]).epsilon(1e-4));
    CHECK(std::isfinite(loss_of<Backend, 3>(outputs, {0, 2, 1}, 0.1f).sum.loss));
}

TEST_CASE_TEMPLATE("an image is right when its label has the greatest output, the first one of equals", Backend,
                   tr::Cpu<>, tr::Reference<double>) {
    const std::vector<float> outputs{1, 3, 2, /**/ 1, 3, 2, /**/ 5, 5, 5, /**/ 5, 5, 5};
    CHECK(loss_of<Backend, 3>(outputs, {1, 2, 0, 1}).sum.correct == 2);
}

TEST_CASE_TEMPLATE("a NaN among the outputs makes the loss a NaN", Backend, tr::Cpu<>, tr::Reference<double>) {
    CHECK(std::isnan(loss_of<Backend, 3>({1, std::nanf(""), 2, /**/ 1, 2, 3}, {0, 0}).sum.loss));
    CHECK(std::isnan(loss_of<Backend, 3>({std::nanf(""), 1, 2, /**/ 1, 2, 3}, {1, 0}).sum.loss));
}
