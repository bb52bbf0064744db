#include "../examples/custom_layer/tlu_cpu.hpp"
#include "../examples/custom_layer/tlu_reference.hpp"
#include "backend/conformance.hpp"
#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/check_gradients.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

/// The example's layer on the processor against double precision, and the same bits for any number of threads.
template <class Cpu, class In>
void check(double bound) {
    for (const int batch : {1, 3, 70})
        for (const bool training : {true, false}) {
            CAPTURE(batch);
            CAPTURE(training);
            passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, TLU>(batch));
            operands.training = training;
            const passes::Results expected = passes::run<In, TLU>(tr::Reference<double>{}, operands);
            const passes::Results found = passes::run<In, TLU>(Cpu{1}, operands);
            const passes::Errors errors = passes::errors_of<In, TLU>(found, expected);
            CHECK(errors.output < bound);
            CHECK(errors.input_gradient < bound);
            CHECK(errors.parameter_gradients < 1e-6); // summed in float and double in either precision
            for (const int threads : {2, 5}) CHECK(passes::same(found, passes::run<In, TLU>(Cpu{threads}, operands)));
            operands.wants_input_gradient = false;
            CHECK(passes::run<In, TLU>(Cpu{1}, operands).parameter_gradients == found.parameter_gradients);
        }
}

/// y = x^2: a layer of one's own.
struct Square : tr::ElementwiseLayer {
    static constexpr std::string_view name = "Square";
};

} // namespace

namespace tinyres {

template <host::OnHost Backend, class In>
struct Kernel<Backend, Bound<Square, In>> {
    using Scalar = typename Backend::Scalar;
    using Value = Stored<Backend, In>;
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Backend&, const ForwardPass<Scalar, Value>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.output[i] = static_cast<Value>(pass.input[i] * pass.input[i]);
    }
    static void backward(const Backend&, const BackwardPass<Scalar, Value>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.input_gradient[i] = static_cast<Value>(2 * pass.input[i] * pass.output_gradient[i]);
    }
};

} // namespace tinyres

TEST_CASE("the example's TLU computes on the processor what its reference does, for any number of channels") {
    check<tr::Cpu<>, tr::Shape<1, 1, 1>>(1e-6);
    check<tr::Cpu<>, tr::Shape<37, 3, 2>>(1e-6);
    check<tr::Cpu<>, tr::Shape<64, 4, 4>>(1e-6);
    check<tr::Cpu<>, tr::Shape<19>>(1e-6);
    check<tr::Cpu<tr::bfloat16>, tr::Shape<37, 3, 2>>(3e-3);
    check<tr::Cpu<tr::bfloat16>, tr::Shape<19>>(1e-6);
}

TEST_CASE("the example's TLU has the gradients of finite differences") {
    for (const int batch : {1, 3}) {
        const tr::GradientCheck images = tr::check_gradients<tr::Network<tr::Image<5, 4, 3>, TLU>>(batch);
        CHECK(images.worst_error < 1e-6);
        CHECK(images.checked == 60 + 5);
        CHECK(tr::check_gradients<tr::Network<tr::Image<5, 1, 1>, tr::Flatten, TLU>>(batch).worst_error < 1e-6);
    }
}

TEST_CASE("a layer of one's own needs one kernel to run on all host backends, also between layers that fuse") {
    using Own = tr::Network<tr::Image<3, 8, 8>, tr::BatchNorm, Square, tr::ResBlock<tr::BatchNorm, tr::ReLU, Square>,
                            tr::Dropout2d<20>, tr::Flatten, tr::Linear<5>>;
    conformance::check_training<Own, tr::Cpu<>>({.loss = 1e-5, .gradients = 1e-5, .images = 6});
}
