#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <tinyres/backend/cuda/avg_pool.hpp>
#include <tinyres/backend/cuda/batch_norm.hpp>
#include <tinyres/backend/cuda/dropout.hpp>
#include <tinyres/backend/cuda/general_max_pool.hpp>
#include <tinyres/backend/cuda/global_avg_pool.hpp>
#include <tinyres/backend/cuda/max_pool.hpp>
#include <tinyres/backend/cuda/upsample.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

/// A layer whose arithmetic is exact with quarters, of which sums are exact in bfloat16: the GPU gives the reference's
/// numbers.
template <class T, class In, class Layer>
void check_same(int batch, bool with_nans = false) {
    passes::Operands operands = passes::random_operands<In, Layer>(batch);
    for (std::vector<float>* const values : {&operands.input, &operands.output_gradient})
        for (float& value : *values) value = std::round(4.0f * value) / 4.0f;
    if (with_nans)
        for (std::size_t i = 5; i < operands.input.size(); i += 97)
            operands.input[i] = std::numeric_limits<float>::quiet_NaN();
    const passes::Results expected = passes::run<In, Layer>(tr::Reference<double>{}, operands);
    cuda_shim::in_every_order([&] { CHECK(passes::same(passes::run<In, Layer>(tr::Cuda<T>{}, operands), expected)); });
    operands.training = false;
    const passes::Results predicted = passes::run<In, Layer>(tr::Reference<double>{}, operands);
    CHECK(passes::same(passes::run<In, Layer>(tr::Cuda<T>{}, operands).output, predicted.output));
}

/// A layer that rounds, by as much as `T` is precise.
template <class T, class In, class Layer>
void check_close(int batch, bool training = true) {
    constexpr double bound = std::is_same_v<T, float> ? 3e-6 : 4e-3;
    passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, Layer>(batch));
    operands.training = training;
    const passes::Results expected = passes::run<In, Layer>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<In, Layer>(tr::Cuda<T>{}, operands);
    const passes::Errors errors = passes::errors_of<In, Layer>(found, expected);
    CHECK(errors.output < bound);
    CHECK(errors.input_gradient < bound);
    CHECK(errors.parameter_gradients < 2e-5);
    CHECK(errors.statistics < 2e-7);
    cuda_shim::in_every_order([&] { CHECK(passes::same(found, passes::run<In, Layer>(tr::Cuda<T>{}, operands))); });
}

} // namespace

TEST_CASE_TEMPLATE("MaxPool of windows that overlap, lie in padding or leave pixels over is the reference's on the GPU",
                   T, float, tr::bfloat16) {
    check_same<T, tr::Shape<19, 7, 6>, tr::MaxPool<3, 2, 1>>(3, true);
    check_same<T, tr::Shape<8, 5, 3>, tr::MaxPool<2>>(65, true);
    check_same<T, tr::Shape<3, 5, 5>, tr::MaxPool<1, 3>>(1);
    check_same<T, tr::Shape<2, 18, 17>, tr::MaxPool<16, 8, 8>>(2);
}

TEST_CASE_TEMPLATE("AvgPool and GlobalAvgPool on the GPU agree with double precision", T, float, tr::bfloat16) {
    check_close<T, tr::Shape<19, 7, 6>, tr::AvgPool<3, 2, 1>>(3);
    check_close<T, tr::Shape<8, 5, 4>, tr::AvgPool<3, 2, 1, tr::CountPadding::no>>(3);
    check_close<T, tr::Shape<42, 5, 3>, tr::GlobalAvgPool>(9);
}

TEST_CASE_TEMPLATE("Upsample and Dropout on the GPU are the reference's", T, float, tr::bfloat16) {
    check_same<T, tr::Shape<19, 3, 2>, tr::Upsample<3>>(3);
    check_same<T, tr::Shape<19, 3, 3>, tr::Dropout<50>>(5);
    check_same<T, tr::Shape<16, 2, 2>, tr::Dropout<50>>(3, true);
    check_same<T, tr::Shape<77>, tr::Dropout<50>>(3);
}

TEST_CASE_TEMPLATE("BatchNorm with options, and of vectors, on the GPU agrees with double precision", T, float,
                   tr::bfloat16) {
    using In = tr::Shape<17, 4, 4>;
    using Slow = tr::BatchNormWith<tr::Momentum<1, 100>, tr::Epsilon<1, 10>, tr::WithoutScale>;
    for (const bool training : {true, false}) {
        check_close<T, In, Slow>(5, training);
        check_close<T, In, tr::BatchNormWith<tr::WithoutShift>>(5, training);
        check_close<T, tr::Shape<37>, tr::BatchNorm>(7, training);
        check_close<T, tr::Shape<64>, tr::BatchNormWith<tr::WithoutShift, tr::WithoutScale>>(7, training);
    }
}
