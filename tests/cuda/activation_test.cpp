#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <tinyres/backend/cuda/activation.hpp>
#include <tinyres/backend/cuda/prelu.hpp>
#include <tinyres/backend/reference/activation.hpp>
#include <tinyres/backend/reference/prelu.hpp>
#include <tinyres/layers/activations.hpp>
#include <tuple>

namespace tr = tinyres;

namespace {

using Activations =
    std::tuple<tr::ReLU6, tr::LeakyReLU<>, tr::LeakyReLU<-1, 2>, tr::ELU<1, 2>, tr::CELU<2>, tr::SiLU, tr::GELU<>,
               tr::GELU<tr::Approximation::tanh>, tr::Hardswish, tr::Hardsigmoid, tr::Sigmoid, tr::Tanh>;

using Numbers = tr::Shape<3, 7, 19>;

passes::Operands some_operands() {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    passes::Operands operands;
    operands.input = {-infinity, infinity, std::numeric_limits<float>::quiet_NaN(), 0.0f, -3.0f, 3.0f, 6.0f};
    while (operands.input.size() < Numbers::size)
        operands.input.push_back(-15.0f + 0.1f * static_cast<float>(operands.input.size()));
    operands.output_gradient.assign(Numbers::size, 1.0f);
    return passes::rounded_to_bfloat16(std::move(operands));
}

/// Whether all errors are small, relative or, of what is below 1, absolute, and infinities and NaN the same.
bool close(const std::vector<double>& found, const std::vector<double>& expected, double bound) {
    return std::equal(found.begin(), found.end(), expected.begin(), expected.end(), [&](double a, double b) {
        return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= bound * std::max(std::abs(b), 1.0);
    });
}

} // namespace

TEST_CASE_TEMPLATE_DEFINE("an activation on the GPU agrees with double precision", Layer, on_the_gpu) {
    const passes::Operands operands = some_operands();
    const passes::Results expected = passes::run<Numbers, Layer>(tr::Reference<double>{}, operands);
    const passes::Results single = passes::run<Numbers, Layer>(tr::Cuda<>{}, operands);
    CHECK(close(single.output, expected.output, 1e-6));
    CHECK(close(single.input_gradient, expected.input_gradient, 2e-6));
    const passes::Results mixed = passes::run<Numbers, Layer>(tr::Cuda<tr::bfloat16>{}, operands);
    CHECK(close(mixed.output, expected.output, 0x1p-8));
    CHECK(close(mixed.input_gradient, expected.input_gradient, Layer::derivative_of_output ? 8e-3 : 0x1p-8));
}
TEST_CASE_TEMPLATE_APPLY(on_the_gpu, Activations);

namespace {

template <class T, class Layer, class In>
void check_prelu(std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(In::channels);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, Layer>(batch));
        const passes::Results expected = passes::run<In, Layer>(tr::Reference<double>{}, operands);
        const passes::Results found = passes::run<In, Layer>(tr::Cuda<T>{}, operands);
        const passes::Errors errors = passes::errors_of<In, Layer>(found, expected);
        CHECK(errors.output < (std::is_same_v<T, float> ? 1e-6 : 3e-3));
        CHECK(errors.input_gradient < (std::is_same_v<T, float> ? 1e-6 : 3e-3));
        CHECK(errors.parameter_gradients < 2e-6);
        cuda_shim::in_every_order([&] { CHECK(passes::same(found, passes::run<In, Layer>(tr::Cuda<T>{}, operands))); });
        operands.wants_input_gradient = false;
        CHECK(passes::run<In, Layer>(tr::Cuda<T>{}, operands).parameter_gradients == found.parameter_gradients);
    }
}

} // namespace

TEST_CASE_TEMPLATE("PReLU on the GPU, with one slope or one a channel, agrees with double precision", Layer,
                   tr::PReLU<>, tr::PReLU<tr::Slopes::per_channel>) {
    check_prelu<float, Layer, tr::Shape<17, 3, 2>>({1, 65});
    check_prelu<tr::bfloat16, Layer, tr::Shape<64, 4, 4>>({3, 65});
    check_prelu<float, Layer, tr::Shape<300>>({5});
}
