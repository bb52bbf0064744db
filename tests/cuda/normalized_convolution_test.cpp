#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <tinyres/backend/cuda/normalized_convolution.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

using Drop = tr::Dropout2d<30>;

template <class... Layers>
struct Chain {};

/// Several layers as one operation, a single one as itself.
template <class... Layers>
using Together = typename tr::detail::OneOrFused<Layers...>::type;

/// Parameters and images that bfloat16, and so TF32, holds exactly: products are exact, only sums are rounded.
passes::Operands operands_of(const passes::Signature& signature, int batch) {
    passes::Operands operands = passes::random_operands(signature, batch);
    for (float& parameter : operands.parameters) parameter = tr::bfloat16(parameter);
    return passes::rounded_to_bfloat16(std::move(operands));
}

template <class In, class... Layers>
passes::Operands operands_of(int batch) {
    return operands_of(passes::signature_of<In, Layers...>(), batch);
}

/// BatchNorm takes away what a bias before it adds, whose gradient so consists of roundings: that of the second tensor,
/// if it is the convolution's bias.
void forget_bias(const passes::Signature& signature, passes::Results& results) {
    if (signature.tensors[1].initial == tr::Initial::ones || results.parameter_gradients.empty()) return;
    std::fill_n(results.parameter_gradients.begin() + signature.tensors[0].size(), signature.tensors[1].size(), 0.0);
}

/// The convolution's layers and the normalization's as one operation against the same two operations by themselves,
/// which differ in the roundings of the statistics only (and so where the convolution's gradients round what they
/// multiply to TF32), and the same bits in every order of the threads.
template <class T>
void check(const passes::Signature& signature, bool batch_norm, passes::Pass<tr::Cuda<T>> two,
           passes::Pass<tr::Cuda<T>> whole, std::initializer_list<int> batches) {
    constexpr double bound = std::is_same_v<T, float> ? 2e-5 : 4e-3;
    constexpr double gradient_bound = std::is_same_v<T, float> ? 3e-4 : 4e-3;
    for (const int batch : batches) {
        CAPTURE(batch);
        passes::Operands operands = operands_of(signature, batch);
        for (const bool training : {true, false}) {
            CAPTURE(training);
            operands.training = training;
            passes::Results expected = two(tr::Cuda<T>{}, operands);
            passes::Results found = whole(tr::Cuda<T>{}, operands);
            cuda_shim::in_every_order([&] { CHECK(passes::same(found, whole(tr::Cuda<T>{}, operands))); });
            if (batch_norm) {
                forget_bias(signature, expected);
                forget_bias(signature, found);
            }
            const passes::Errors errors = passes::errors_of(found, expected, signature);
            CHECK(errors.output < bound);
            CHECK(errors.input_gradient < gradient_bound);
            CHECK(errors.parameter_gradients < gradient_bound);
            CHECK(errors.statistics < 1e-6);
        }
    }
}

template <class T, class In, class... Conv, class Norm, class... Rest>
void check(Chain<Conv...>, Chain<Norm, Rest...>, std::initializer_list<int> batches) {
    check<T>(passes::signature_of<In, Conv..., Norm, Rest...>(), std::is_same_v<Norm, tr::BatchNorm>,
             passes::run<In, Together<Conv...>, Together<Norm, Rest...>>,
             passes::run<In, tr::Fused<Conv..., Norm, Rest...>>, batches);
}

template <class T, class In, class... Convolution>
void check_with_batch_norm(Chain<Convolution...> convolution, std::initializer_list<int> batches) {
    check<T, In>(convolution, Chain<tr::BatchNorm>{}, batches);
    check<T, In>(convolution, Chain<tr::BatchNorm, tr::ReLU, Drop>{}, batches);
}

} // namespace

TEST_CASE_TEMPLATE("a convolution that takes BatchNorm's moments gives what both give by themselves", T, float,
                   tr::bfloat16) {
    check_with_batch_norm<T, tr::Shape<3, 8, 8>>(Chain<tr::Conv3x3<64>>{}, {1, 5});
    check<T, tr::Shape<16, 8, 4>>(Chain<tr::Conv3x3<136, tr::Bias::no>>{}, Chain<tr::BatchNorm, tr::ReLU>{}, {9});
}

TEST_CASE_TEMPLATE("it does so with channels and sizes of any number", T, float, tr::bfloat16) {
    check<T, tr::Shape<1, 1, 1>>(Chain<tr::Conv3x3<1>>{}, Chain<tr::BatchNorm, tr::ReLU>{}, {3, 200});
    check<T, tr::Shape<5, 7, 3>>(Chain<tr::Conv3x3<17, tr::Bias::no>>{}, Chain<tr::BatchNorm, tr::ReLU>{}, {1, 7});
    check<T, tr::Shape<3, 6, 5>>(Chain<tr::Conv3x3<67>>{}, Chain<tr::BatchNorm>{}, {5});
    check<T, tr::Shape<8, 3, 9>>(Chain<tr::Conv3x3<130>>{}, Chain<tr::BatchNorm, tr::ReLU, Drop>{}, {10});
}

TEST_CASE_TEMPLATE("it does so with pooling in its blocks and behind them", T, float, tr::bfloat16) {
    using Two = Chain<tr::Conv3x3<24>, tr::MaxPool<2>>;
    check_with_batch_norm<T, tr::Shape<8, 8, 8>>(Two{}, {1, 5});
    check_with_batch_norm<T, tr::Shape<5, 6, 6>>(Two{}, {4}); // blocks hold no whole windows
    check_with_batch_norm<T, tr::Shape<8, 4, 4>>(Chain<tr::Conv3x3<130>, tr::MaxPool<4>>{}, {17});
}

TEST_CASE_TEMPLATE("a convolution with GroupNorm or LayerNorm behind it is one step, too", T, float, tr::bfloat16) {
    check<T, tr::Shape<4, 8, 8>>(Chain<tr::Conv3x3<12>>{}, Chain<tr::GroupNorm<4>, tr::ReLU, Drop>{}, {3});
    check<T, tr::Shape<5, 6, 6>>(Chain<tr::Conv3x3<17>, tr::MaxPool<2>>{}, Chain<tr::LayerNorm>{}, {3});
}

TEST_CASE("a convolution takes the moments where its blocks hold what it stores") {
    using In = tr::Shape<8, 8, 8>;
    using Odd = tr::Shape<8, 6, 6>;
    using Pooled = tr::Fused<tr::Conv3x3<8>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU>;
    using Cuda = tr::Cuda<>;
    static_assert(tr::Kernel<Cuda, tr::Bound<tr::Fused<tr::Conv3x3<8>, tr::BatchNorm>, Odd>>::shares_moments);
    static_assert(tr::Kernel<Cuda, tr::Bound<Pooled, In>>::shares_moments);
    static_assert(!tr::Kernel<Cuda, tr::Bound<Pooled, Odd>>::shares_moments);
    static_assert(!tr::Kernel<Cuda, tr::Bound<tr::Fused<tr::Conv3x3<8>, tr::LayerNorm>, In>>::shares_moments);
}

TEST_CASE_TEMPLATE("the whole step is near double precision", T, float, tr::bfloat16) {
    using In = tr::Shape<16, 8, 8>;
    constexpr bool single = std::is_same_v<T, float>;
    const passes::Operands operands = operands_of<In, tr::Conv3x3<24>, tr::MaxPool<2>, tr::BatchNorm>(9);
    const passes::Results expected =
        passes::run<In, tr::Conv3x3<24>, tr::MaxPool<2>, tr::BatchNorm>(tr::Reference<double>{}, operands);
    const passes::Results found =
        passes::run<In, tr::Fused<tr::Conv3x3<24>, tr::MaxPool<2>, tr::BatchNorm>>(tr::Cuda<T>{}, operands);
    const passes::Errors errors =
        passes::errors_of<In, tr::Conv3x3<24>, tr::MaxPool<2>, tr::BatchNorm>(found, expected);
    CHECK(errors.output < (single ? 1e-5 : 1e-2));
    CHECK(errors.statistics < (single ? 1e-6 : 1e-3));
}

TEST_CASE("moments that a convolution takes keep their digits where the mean is a thousand times the deviation") {
    using In = tr::Shape<8, 8, 8>;
    passes::Operands operands = operands_of<In, tr::Conv3x3<20>, tr::BatchNorm>(16);
    for (std::size_t c = 0; c < 20; ++c) operands.parameters[9 * 8 * 20 + c] = 4096.0f; // the bias
    const passes::Results expected = passes::run<In, tr::Conv3x3<20>, tr::BatchNorm>(tr::Cuda<>{}, operands);
    const passes::Results found = passes::run<In, tr::Fused<tr::Conv3x3<20>, tr::BatchNorm>>(tr::Cuda<>{}, operands);
    const passes::Errors errors = passes::errors_of<In, tr::Conv3x3<20>, tr::BatchNorm>(found, expected);
    CHECK(errors.statistics < 2e-7);
    CHECK(errors.output < 1e-5);
}

TEST_CASE("the step gives the parameters' gradients where no input wants one") {
    using In = tr::Shape<3, 8, 8>;
    using Whole = tr::Fused<tr::Conv3x3<16>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU>;
    passes::Operands operands = operands_of<In, tr::Conv3x3<16>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU>(5);
    const passes::Results expected = passes::run<In, Whole>(tr::Cuda<>{}, operands);
    operands.wants_input_gradient = false;
    const passes::Results found = passes::run<In, Whole>(tr::Cuda<>{}, operands);
    CHECK(passes::same(found.parameter_gradients, expected.parameter_gradients));
    CHECK(passes::same(found.output, expected.output));
}
