#include "backend/passes.hpp"
#include "numbers.hpp"
#include "tinyres/backend/cpu/activation.hpp"
#include "tinyres/backend/cpu/prelu.hpp"
#include "tinyres/backend/reference/activation.hpp"
#include "tinyres/backend/reference/prelu.hpp"
#include "tinyres/layers/activations.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Vector = tr::Shape<24>;

/// Whether `found` is PyTorch's, relative or, of what is below 1, absolute; infinities and NaN are the same.
bool close(const std::vector<double>& found, const std::vector<double>& expected, double bound) {
    return std::equal(found.begin(), found.end(), expected.begin(), expected.end(), [&](double a, double b) {
        return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= bound * std::max(std::abs(b), 1.0);
    });
}

template <class Layer, class Backend>
passes::Results run(const Numbers& pytorch, const Backend& backend, bool finite = false) {
    passes::Operands operands;
    for (const double x : pytorch("x")) {
        operands.input.push_back(finite && !std::isfinite(x) ? 0.0f : static_cast<float>(x));
        operands.output_gradient.push_back(1.0f);
    }
    if (std::is_same_v<Layer, tr::PReLU<>>) operands.parameters = {static_cast<float>(pytorch.setting("prelu/slope"))};
    return passes::run<Vector, Layer>(backend, operands);
}

/// The gradients but that of the NaN, which stands last: PyTorch's depends on where in a register the NaN is.
std::vector<double> gradients(std::vector<double> values) {
    values.pop_back();
    return values;
}

template <class Layer>
void check(const Numbers& pytorch, const std::string& name) {
    CAPTURE(name);
    const passes::Results reference = run<Layer>(pytorch, tr::Reference<double>{});
    const std::vector<double> expected = gradients(pytorch(name + "/dx"));
    CHECK(close(reference.output, pytorch(name + "/y"), 1e-14));
    // One sixth, Hardsigmoid's slope, is a float in PyTorch.
    CHECK(close(gradients(reference.input_gradient), expected, std::is_same_v<Layer, tr::Hardsigmoid> ? 1e-8 : 1e-14));
    const passes::Results cpu = run<Layer>(pytorch, tr::Cpu<>{1});
    CHECK(close(cpu.output, pytorch(name + "/y"), 2e-7));
    CHECK(close(gradients(cpu.input_gradient), expected, 1e-6));
}

} // namespace

TEST_CASE("Activation functions and their gradients are PyTorch's, at kinks, infinities and NaN, too") {
    const Numbers pytorch("activations");
    check<tr::ReLU6>(pytorch, "relu6");
    check<tr::LeakyReLU<>>(pytorch, "leaky_relu");
    check<tr::LeakyReLU<-1, 2>>(pytorch, "leaky_relu_negative");
    check<tr::ELU<>>(pytorch, "elu");
    check<tr::ELU<1, 2>>(pytorch, "elu_half");
    check<tr::CELU<2>>(pytorch, "celu_2");
    check<tr::SiLU>(pytorch, "silu");
    check<tr::GELU<>>(pytorch, "gelu");
    check<tr::GELU<tr::Approximation::tanh>>(pytorch, "gelu_tanh");
    check<tr::Hardswish>(pytorch, "hardswish");
    check<tr::Hardsigmoid>(pytorch, "hardsigmoid");
    check<tr::Sigmoid>(pytorch, "sigmoid");
    check<tr::Tanh>(pytorch, "tanh");
    check<tr::PReLU<>>(pytorch, "prelu");
    CHECK(close(run<tr::PReLU<>>(pytorch, tr::Reference<double>{}, true).parameter_gradients, pytorch("prelu/dslope"),
                1e-14));
    CHECK(close(run<tr::PReLU<>>(pytorch, tr::Cpu<>{1}, true).parameter_gradients, pytorch("prelu/dslope"), 1e-6));
}
