#include "numbers.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/losses/cross_entropy.hpp"
#include "tinyres/plan/loss.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

constexpr int rows = 7;
constexpr int classes = 10;

template <class Backend>
tr::LossSum loss_of(const Backend& backend, tr::LossPass<typename Backend::Scalar, tr::CrossEntropy> pass,
                    const std::int32_t* labels) {
    tr::LossSum sum;
    pass.places = {.labels = labels, .sum = &sum};
    tr::Kernel<Backend, tr::Bound<tr::CrossEntropy, tr::Shape<classes>>>::run(backend, pass);
    return sum;
}

template <class Backend>
using LogSoftmax = tr::Kernel<Backend, tr::Bound<tr::LogSoftmax, tr::Shape<classes>>>;

template <class T>
struct Inputs {
    std::vector<T> logits; ///< (rows, classes), exact in float; those of row r are up to 4^r
    std::vector<std::int32_t> labels;

    explicit Inputs(const Numbers& pytorch) {
        for (const double logit : pytorch("logits")) logits.push_back(static_cast<T>(logit));
        for (const double label : pytorch("labels")) labels.push_back(static_cast<std::int32_t>(label));
        REQUIRE(logits.size() == rows * classes);
        REQUIRE(labels.size() == rows);
    }
};

std::string prefix(const std::string& through, double smoothing) {
    return through + "/smoothing_" + (smoothing == 0.0 ? "0.0" : smoothing == 0.1 ? "0.1" : "0.2");
}

} // namespace

TEST_CASE_TEMPLATE("Cross entropy and its gradient are PyTorch's, with and without label smoothing", Backend,
                   tr::Reference<double>, tr::Reference<float>, tr::Cpu<>) {
    using T = typename Backend::Storage;
    const Numbers pytorch("cross_entropy");
    const Inputs<T> inputs(pytorch);
    const Backend backend;
    const bool in_double = std::is_same_v<T, double>;
    for (const double smoothing : {0.0, 0.1, 0.2}) {
        CAPTURE(smoothing);
        const tr::CrossEntropy loss{.label_smoothing = static_cast<float>(smoothing)};
        // The smoothing itself is a float: 0.1 is off by 1.5e-9, and the loss of row 6 goes with 4096 times that.
        const double bound = smoothing == 0.0 && in_double ? 1e-14 : in_double ? 1e-8 : 1e-6;

        // On logits.
        std::vector<T> gradient(rows * classes);
        const tr::LossSum sum = loss_of(
            backend, {.loss = loss, .batch = rows, .outputs = inputs.logits.data(), .gradient = gradient.data()},
            inputs.labels.data());
        const std::string logits = prefix("logits", smoothing);
        const double expected = pytorch(logits + "/loss")[0];
        CHECK(std::abs(sum.loss / rows - expected) < bound * expected);
        CHECK(largest_difference(gradient, pytorch(logits + "/grad_logits")) < bound);
        const std::vector<double> row_losses = pytorch(logits + "/row_losses");
        for (std::size_t row = 0; row < rows; ++row) {
            const double alone =
                loss_of(backend, {.loss = loss, .batch = 1, .outputs = inputs.logits.data() + row * classes},
                        inputs.labels.data() + row)
                    .loss;
            CHECK(std::abs(alone - row_losses[row]) < bound * std::pow(4.0, row)); // the size of the logits
        }

        // On log-probabilities, as in S10.
        std::vector<T> log_probabilities(rows * classes);
        std::vector<T> logits_gradient(rows * classes);
        tr::ForwardPass<T, T> forward;
        forward.batch = rows;
        forward.input = inputs.logits.data();
        forward.output = log_probabilities.data();
        LogSoftmax<Backend>::forward(backend, forward);
        const tr::LossSum through = loss_of(
            backend, {.loss = loss, .batch = rows, .outputs = log_probabilities.data(), .gradient = gradient.data()},
            inputs.labels.data());
        tr::BackwardPass<T, T> backward;
        backward.batch = rows;
        backward.output = log_probabilities.data();
        backward.output_gradient = gradient.data();
        backward.input_gradient = logits_gradient.data();
        LogSoftmax<Backend>::backward(backend, backward);
        const std::string log_softmax = prefix("log_softmax", smoothing);
        CHECK(std::abs(through.loss / rows - expected) < bound * expected);
        CHECK(through.correct == sum.correct);
        CHECK(largest_difference(gradient, pytorch(log_softmax + "/grad_log_softmax")) < bound);
        CHECK(largest_difference(logits_gradient, pytorch(log_softmax + "/grad_logits")) < bound);
    }
}
