#include "../examples/custom_layer/tlu_cpu.hpp"
#include "../examples/custom_layer/tlu_reference.hpp"
#include "backend/passes.hpp"
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

} // namespace

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
