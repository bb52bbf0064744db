#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

using Slow = tr::Momentum<1, 100>;
using Blunt = tr::Epsilon<1, 10>;

/// The reference's layers one after the other against `Operation` on the processor, with all parameters times `factor`.
template <class T, class In, class Operation, class... Layers>
void check(int batch, double factor = 1.0) {
    constexpr bool single = std::is_same_v<T, float>;
    passes::Operands operands = passes::random_operands<In, Layers...>(batch);
    for (auto& parameter : operands.parameters) parameter *= static_cast<std::decay_t<decltype(parameter)>>(factor);
    operands = passes::rounded_to_bfloat16(operands);
    for (const bool training : {true, false}) {
        CAPTURE(training);
        operands.training = training;
        const passes::Results expected = passes::run<In, Layers...>(tr::Reference<double>{}, operands);
        const passes::Results found = passes::run<In, Operation>(tr::Cpu<T>{1}, operands);
        const passes::Errors errors = passes::errors_of<In, Layers...>(found, expected);
        CHECK(errors.output < (single ? 2e-5 : 2e-2));
        CHECK(errors.input_gradient < (single ? 2e-5 : 2e-2));
        CHECK(errors.parameter_gradients < (single ? 2e-5 : 2e-2));
        CHECK(errors.statistics < 2e-7);
        CHECK(passes::same(passes::run<In, Operation>(tr::Cpu<T>{3}, operands), found));
    }
}

template <class T, class In, class Norm>
void check_alone(int batch) {
    check<T, In, Norm, Norm>(batch);
}

} // namespace

TEST_CASE_TEMPLATE("BatchNorm's options reach the processor's kernels", T, float, tr::bfloat16) {
    using In = tr::Shape<19, 4, 3>;
    check_alone<T, In, tr::BatchNormWith<Slow, Blunt>>(5);
    check_alone<T, In, tr::BatchNormWith<tr::WithoutScale>>(5);
    check_alone<T, In, tr::BatchNormWith<tr::WithoutShift, Blunt>>(5);
    check_alone<T, In, tr::BatchNormWith<tr::WithoutShift, tr::WithoutScale>>(5);
}

TEST_CASE_TEMPLATE("BatchNorm of vectors on the processor agrees with double precision", T, float, tr::bfloat16) {
    check_alone<T, tr::Shape<37>, tr::BatchNorm>(7);
    check_alone<T, tr::Shape<37>, tr::BatchNormWith<tr::WithoutScale, Slow>>(65);
    using Rectified = tr::Fused<tr::BatchNorm, tr::ReLU>;
    check<T, tr::Shape<16>, Rectified, tr::BatchNorm, tr::ReLU>(33);
}

TEST_CASE_TEMPLATE("BatchNorm's options reach a convolution that normalizes what it reads", T, float, tr::bfloat16) {
    using In = tr::Shape<16, 8, 8>;
    using Bare = tr::BatchNormWith<tr::WithoutShift, tr::WithoutScale, Blunt, Slow>;
    using Conv = tr::Conv3x3<16>;
    check<T, In, tr::Fused<Bare, Conv>, Bare, Conv>(3);
    using Shifted = tr::BatchNormWith<tr::WithoutScale, Blunt>;
    check<T, In, tr::Fused<Shifted, Conv>, Shifted, Conv>(3);
}

TEST_CASE_TEMPLATE("BatchNorm and ReLU6 run as one on the processor, also before a convolution", T, float,
                   tr::bfloat16) {
    constexpr double steep = 8.0; // so that many a value is above 6
    check<T, tr::Shape<19, 5, 4>, tr::Fused<tr::BatchNorm, tr::ReLU6>, tr::BatchNorm, tr::ReLU6>(5, steep);
    check<T, tr::Shape<21>, tr::Fused<tr::BatchNorm, tr::ReLU6>, tr::BatchNorm, tr::ReLU6>(33, steep);
    using Before = tr::Fused<tr::BatchNorm, tr::ReLU6, tr::Conv1x1<8>>;
    check<T, tr::Shape<16, 6, 5>, Before, tr::BatchNorm, tr::ReLU6, tr::Conv1x1<8>>(3, steep);
}
