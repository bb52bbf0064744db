#include "backend/passes.hpp"
#include "tinyres/backend/cpu/activation.hpp"
#include "tinyres/backend/cpu/prelu.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/layers/layers.hpp"
#include "tinyres/model/check_gradients.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <tuple>

namespace tr = tinyres;

namespace {

using Activations = std::tuple<tr::ReLU6, tr::LeakyReLU<>, tr::LeakyReLU<-1, 2>, tr::ELU<>, tr::ELU<1, 2>, tr::CELU<>,
                               tr::CELU<2>, tr::SiLU, tr::GELU<>, tr::GELU<tr::Approximation::tanh>, tr::Hardswish,
                               tr::Hardsigmoid, tr::Sigmoid, tr::Tanh, tr::ScaleBy<-3, 8>>;

/// 4071 numbers: a multiple of no register's length.
using Numbers = tr::Shape<3, 23, 59>;

/// From -30 to 30 in even steps, what is special about numbers, and where the functions have kinks.
std::vector<float> numbers() {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> values{-infinity, infinity, std::numeric_limits<float>::quiet_NaN(),
                              -0.0f,     1e-40f,   -1e-40f,
                              -3.0f,     3.0f,     6.0f,
                              -100.0f,   100.0f,   1e-7f,
                              -1e-7f,    1e15f,    -1e15f};
    const int steps = Numbers::size - static_cast<int>(values.size());
    for (int i = 0; i < steps; ++i)
        values.push_back(-30.0f + 60.0f * static_cast<float>(i) / static_cast<float>(steps));
    return values;
}

/// The larger of them and 1, which errors are relative to.
double scale(double expected) {
    return std::max(std::abs(expected), 1.0);
}

/// The largest error, relative or, of what is below 1, absolute; infinite where a NaN or an infinity is not the same.
double worst_error(const std::vector<double>& found, const std::vector<double>& expected) {
    double worst = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const bool same = found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i]));
        const double error = same ? 0.0 : std::abs(found[i] - expected[i]) / scale(expected[i]);
        if (!(error <= worst)) worst = std::isfinite(error) ? error : std::numeric_limits<double>::infinity();
    }
    return worst;
}

/// The numbers, moved on by one place.
std::vector<double> rotated(std::vector<double> values) {
    std::rotate(values.begin(), values.begin() + 1, values.end());
    return values;
}

passes::Operands operands_of(std::vector<float> input) {
    passes::Operands operands;
    operands.output_gradient.assign(input.size(), 1.0f);
    operands.input = std::move(input);
    return operands;
}

} // namespace

TEST_CASE_TEMPLATE_DEFINE("an activation's derivative is that of its value", Layer, derivative_is_of_value) {
    for (int i = 0; i < 4001; ++i) {
        const double x = -10.0 + 0.005 * i + 0.0023; // never at a kink
        constexpr double step = 1e-5;
        const double slope = (Layer::value(x + step) - Layer::value(x - step)) / (2 * step);
        const double derivative = Layer::derivative(Layer::derivative_of_output ? Layer::value(x) : x);
        CHECK(std::abs(derivative - slope) < 1e-9);
    }
}
TEST_CASE_TEMPLATE_APPLY(derivative_is_of_value, Activations);

TEST_CASE_TEMPLATE_DEFINE("an activation is the same on both backends, whatever the threads and a number's place",
                          Layer, same_on_both_backends) {
    const passes::Operands operands = operands_of(numbers());
    const passes::Results expected = passes::run<Numbers, Layer>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<Numbers, Layer>(tr::Cpu<>{1}, operands);
    CHECK(worst_error(found.output, expected.output) < 2e-7);
    CHECK(worst_error(found.input_gradient, expected.input_gradient) < 1e-6);
    CHECK(passes::same(found, passes::run<Numbers, Layer>(tr::Cpu<>{5}, operands)));

    passes::Operands moved = operands;
    std::rotate(moved.input.begin(), moved.input.begin() + 1, moved.input.end());
    const passes::Results elsewhere = passes::run<Numbers, Layer>(tr::Cpu<>{1}, moved);
    CHECK(passes::same(elsewhere.output, rotated(found.output)));
    CHECK(passes::same(elsewhere.input_gradient, rotated(found.input_gradient)));
}
TEST_CASE_TEMPLATE_APPLY(same_on_both_backends, Activations);

TEST_CASE_TEMPLATE_DEFINE("an activation of bfloat16 images is rounded where it is stored", Layer,
                          rounded_where_stored) {
    const passes::Operands operands = passes::rounded_to_bfloat16(operands_of(numbers()));
    const passes::Results expected = passes::run<Numbers, Layer>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<Numbers, Layer>(tr::Cpu<tr::bfloat16>{2}, operands);
    CHECK(worst_error(found.output, expected.output) < 0x1p-8);
    // From an output that is rounded itself the derivative is as far off.
    CHECK(worst_error(found.input_gradient, expected.input_gradient) < (Layer::derivative_of_output ? 8e-3 : 0x1p-8));
}
TEST_CASE_TEMPLATE_APPLY(rounded_where_stored, Activations);

TEST_CASE_TEMPLATE("an activation of vectors is that of images", Layer, tr::GELU<>, tr::ReLU6) {
    passes::Operands operands = passes::random_operands<tr::Shape<19>, Layer>(3);
    const passes::Results expected = passes::run<tr::Shape<19>, Layer>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<tr::Shape<19>, Layer>(tr::Cpu<tr::bfloat16>{2}, operands);
    CHECK(worst_error(found.output, expected.output) < 2e-7);
    CHECK(worst_error(found.input_gradient, expected.input_gradient) < 1e-6);
}

namespace {

/// PReLU on the processor against double precision, and the same bits for any number of threads.
template <class Cpu, class Layer, class In>
void check_prelu(double bound) {
    for (const int batch : {1, 3, 70}) {
        CAPTURE(batch);
        CAPTURE(In::channels);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, Layer>(batch));
        const passes::Results expected = passes::run<In, Layer>(tr::Reference<double>{}, operands);
        const passes::Results found = passes::run<In, Layer>(Cpu{1}, operands);
        const passes::Errors errors = passes::errors_of<In, Layer>(found, expected);
        CHECK(errors.output < bound);
        CHECK(errors.input_gradient < bound);
        CHECK(errors.parameter_gradients < 2e-6); // summed in float and double in either precision
        CHECK(passes::same(found, passes::run<In, Layer>(Cpu{5}, operands)));
        operands.wants_input_gradient = false;
        CHECK(passes::run<In, Layer>(Cpu{1}, operands).parameter_gradients == found.parameter_gradients);
    }
}

} // namespace

TEST_CASE_TEMPLATE("PReLU with one slope, or one a channel, is the same on both backends", Layer, tr::PReLU<>,
                   tr::PReLU<tr::Slopes::per_channel>) {
    check_prelu<tr::Cpu<>, Layer, tr::Shape<1, 1, 1>>(1e-6);
    check_prelu<tr::Cpu<>, Layer, tr::Shape<37, 3, 2>>(1e-6);
    check_prelu<tr::Cpu<>, Layer, tr::Shape<19>>(1e-6);
    check_prelu<tr::Cpu<tr::bfloat16>, Layer, tr::Shape<37, 3, 2>>(3e-3);
}

TEST_CASE_TEMPLATE("PReLU lets a NaN pass, and its slope's gradient is one then", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    passes::Operands operands = passes::random_operands<tr::Shape<9>, tr::PReLU<>>(2);
    operands.input[3] = std::numeric_limits<float>::quiet_NaN();
    const passes::Results results = passes::run<tr::Shape<9>, tr::PReLU<>>(Backend{}, operands);
    CHECK(std::isnan(results.output[3]));
    CHECK(std::isnan(results.parameter_gradients[0]));
}

TEST_CASE("activations have the gradients of finite differences") {
    using Net =
        tr::Network<tr::Image<3, 4, 3>, tr::PReLU<>, tr::LeakyReLU<>, tr::LeakyReLU<-1, 2>, tr::ELU<1, 2>, tr::CELU<2>,
                    tr::SiLU, tr::PReLU<tr::Slopes::per_channel>, tr::GELU<>, tr::Flatten, tr::Linear<9>,
                    tr::GELU<tr::Approximation::tanh>, tr::Hardswish, tr::PReLU<tr::Slopes::per_channel>,
                    tr::Hardsigmoid, tr::Sigmoid, tr::ReLU6, tr::Tanh, tr::PReLU<>>;
    for (const int batch : {1, 3}) CHECK(tr::check_gradients<Net>(batch).worst_error < 1e-6);
}
