#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

using Drop = tr::Dropout2d<30>;

template <class... Layers>
struct Chain {};

template <class... Layers>
using Together = typename tr::detail::OneOrFused<Layers...>::type;

/// The step against its layers in double precision where `T` is float, against the normalization's and the
/// convolution's own kernels in both precisions, and the same bits for any number of threads.
template <class T>
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cpu<T>> two, passes::Pass<tr::Cpu<T>> whole, std::initializer_list<int> batches) {
    constexpr bool single = std::is_same_v<T, float>;
    const auto compare = [&](const passes::Results& found, const passes::Results& expected, double bound) {
        const passes::Errors errors = passes::errors_of(found, expected, signature);
        CHECK(errors.output < bound);
        CHECK(errors.input_gradient < bound);
        CHECK(errors.parameter_gradients < 10 * bound);
        CHECK(errors.statistics < 1e-6);
    };
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::random_operands(signature, batch);
        if (!single) operands = passes::rounded_to_bfloat16(std::move(operands));
        for (const bool training : {true, false}) {
            CAPTURE(training);
            operands.training = training;
            const auto run = [&](int threads) { return whole(tr::Cpu<T>{threads}, operands); };
            const passes::Results found = run(1);
            compare(found, two(tr::Cpu<T>{1}, operands), single ? 2e-6 : 4e-3);
            if (single) compare(found, reference(tr::Reference<double>{}, operands), 2e-5);
            for (const int threads : {2, 3, 5}) CHECK(passes::same(found, run(threads)));
        }
    }
}

template <class T, class In, class... Normal, class... Conv>
void check(Chain<Normal...>, Chain<Conv...>, std::initializer_list<int> batches) {
    check<T>(passes::signature_of<In, Normal..., Conv...>(), passes::run<In, Normal..., Conv...>,
             passes::run<In, Together<Normal...>, Together<Conv...>>, passes::run<In, tr::Fused<Normal..., Conv...>>,
             batches);
}

template <class T, class In, class... Conv>
void check_norms(Chain<Conv...> convolution, std::initializer_list<int> batches) {
    check<T, In>(Chain<tr::BatchNorm>{}, convolution, batches);
    check<T, In>(Chain<tr::BatchNorm, tr::ReLU>{}, convolution, batches);
    check<T, In>(Chain<tr::BatchNorm, tr::ReLU, Drop>{}, convolution, batches);
    check<T, In>(Chain<tr::LayerNorm, tr::ReLU, Drop>{}, convolution, batches);
}

} // namespace

TEST_CASE_TEMPLATE("a convolution that normalizes what it reads gives what both give by themselves", T, float,
                   tr::bfloat16) {
    check_norms<T, tr::Shape<32, 8, 8>>(Chain<tr::Conv3x3<48>>{}, {1, 5});
    check<T, tr::Shape<64, 6, 10>>(Chain<tr::BatchNorm, tr::ReLU, Drop>{}, Chain<tr::Conv3x3<33, tr::Bias::no>>{}, {7});
    check<T, tr::Shape<128, 4, 4>>(Chain<tr::BatchNorm, tr::ReLU>{}, Chain<tr::Conv3x3<64>>{}, {3, 35});
}

TEST_CASE_TEMPLATE("it does so with channels and sizes of any number", T, float, tr::bfloat16) {
    check<T, tr::Shape<1, 1, 1>>(Chain<tr::BatchNorm>{}, Chain<tr::Conv3x3<1>>{}, {3});
    check<T, tr::Shape<5, 7, 3>>(Chain<tr::GroupNorm<5>, tr::ReLU>{}, Chain<tr::Conv3x3<17>>{}, {1, 7});
    check<T, tr::Shape<40, 5, 9>>(Chain<tr::BatchNorm, tr::ReLU, Drop>{}, Chain<tr::Conv3x3<20>>{}, {3});
}

TEST_CASE_TEMPLATE("it does so with strides, groups and filters of one pixel", T, float, tr::bfloat16) {
    check<T, tr::Shape<6, 7, 5>>(Chain<tr::BatchNorm, tr::ReLU>{}, Chain<tr::Conv<8, 3, 2, 1, 2>>{}, {1, 5});
    check<T, tr::Shape<19, 4, 6>>(Chain<tr::BatchNorm, tr::ReLU>{}, Chain<tr::Conv1x1<33, tr::Bias::no>>{}, {3});
}

TEST_CASE_TEMPLATE("it does so with pooling behind it", T, float, tr::bfloat16) {
    check<T, tr::Shape<32, 8, 8>>(Chain<tr::BatchNorm, tr::ReLU, Drop>{}, Chain<tr::Conv3x3<40>, tr::MaxPool<2>>{},
                                  {1, 5});
    check<T, tr::Shape<4, 6, 6>>(Chain<tr::GroupNorm<2>>{}, Chain<tr::Conv3x3<8>, tr::MaxPool<3>>{}, {3});
}

TEST_CASE_TEMPLATE("the step gives the parameters' gradients where no input wants one", T, float, tr::bfloat16) {
    using In = tr::Shape<32, 8, 8>;
    using Whole = tr::Fused<tr::BatchNorm, tr::ReLU, tr::Conv3x3<16>>;
    passes::Operands operands = passes::random_operands<In, tr::BatchNorm, tr::ReLU, tr::Conv3x3<16>>(5);
    const passes::Results expected = passes::run<In, Whole>(tr::Cpu<T>{2}, operands);
    operands.wants_input_gradient = false;
    CHECK(passes::same(passes::run<In, Whole>(tr::Cpu<T>{2}, operands).parameter_gradients,
                       expected.parameter_gradients));
}
