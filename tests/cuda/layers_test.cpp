#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

/// Layers on the GPU, as one operation, against the same layers one by one in double; the same bits in every order of
/// the threads.
template <class T, class In, class Operation, class... Layers>
void check(std::initializer_list<int> batches, double float_bound = 3e-6) {
    // Rounding to 8 bits is an error of 2^-8 / 2 at most.
    const double bound = std::is_same_v<tr::Stored<tr::Cuda<T>, In>, float> ? float_bound : 4e-3;
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(In::channels);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, Layers...>(batch));
        for (const bool training : {true, false}) {
            CAPTURE(training);
            operands.training = training;
            const passes::Results expected = passes::run<In, Layers...>(tr::Reference<double>{}, operands);
            const passes::Results found = passes::run<In, Operation>(tr::Cuda<T>{}, operands);
            const passes::Errors errors = passes::errors_of<In, Layers...>(found, expected);
            CHECK(errors.output < bound);
            CHECK(errors.input_gradient < bound);
            CHECK(errors.parameter_gradients < bound);
            CHECK(errors.statistics < 5e-7);
            cuda_shim::in_every_order(
                [&] { CHECK(passes::same(found, passes::run<In, Operation>(tr::Cuda<T>{}, operands))); });
        }
    }
}

template <class T, class In, class Layer>
void check_layer(std::initializer_list<int> batches) {
    check<T, In, Layer, Layer>(batches);
}

} // namespace

TEST_CASE_TEMPLATE("normalisations on the GPU agree with double precision, alone and fused", T, float, tr::bfloat16) {
    using Drop = tr::Dropout2d<30>;
    check_layer<T, tr::Shape<17, 8, 4>, tr::BatchNorm>({1, 3, 65});
    check_layer<T, tr::Shape<64, 4, 4>, tr::BatchNorm>({9});
    check_layer<T, tr::Shape<40, 8, 4>, tr::GroupNorm<4>>({1, 3, 65});
    check_layer<T, tr::Shape<5, 5, 9>, tr::LayerNorm>({3});
    check<T, tr::Shape<100, 4, 4>, tr::Fused<tr::BatchNorm, tr::ReLU, Drop>, tr::BatchNorm, tr::ReLU, Drop>({3, 40});
    check<T, tr::Shape<520, 2, 2>, tr::Fused<tr::BatchNorm, tr::ReLU>, tr::BatchNorm, tr::ReLU>({3});
    check<T, tr::Shape<42, 4, 4>, tr::Fused<tr::GroupNorm<3>, tr::ReLU, Drop>, tr::GroupNorm<3>, tr::ReLU, Drop>({3});
    check<T, tr::Shape<48, 4, 4>, tr::Fused<tr::LayerNorm, tr::ReLU>, tr::LayerNorm, tr::ReLU>({5});
}

TEST_CASE_TEMPLATE("pooling, ReLU, Dropout2d and Flatten on the GPU agree with double precision", T, float,
                   tr::bfloat16) {
    check_layer<T, tr::Shape<37, 4, 6>, tr::MaxPool<2>>({1, 5});
    check_layer<T, tr::Shape<24, 6, 6>, tr::MaxPool<3>>({1, 65});
    check_layer<T, tr::Shape<37, 4, 6>, tr::ReLU>({1, 5});
    check_layer<T, tr::Shape<37, 4, 6>, tr::Dropout2d<30>>({1, 5});
    check_layer<T, tr::Shape<16, 4, 6>, tr::Dropout2d<30>>({5});
    check_layer<T, tr::Shape<37, 4, 6>, tr::Flatten>({1, 5});
    check_layer<T, tr::Shape<37, 1, 1>, tr::Flatten>({1, 5});
}

TEST_CASE_TEMPLATE("vectors on the GPU are float in both precisions", T, float, tr::bfloat16) {
    check_layer<T, tr::Shape<129>, tr::Linear<10>>({1, 65});
    check_layer<T, tr::Shape<512>, tr::Linear<33, tr::Bias::no>>({3});
    check_layer<T, tr::Shape<10>, tr::LogSoftmax>({1, 65});
    check_layer<T, tr::Shape<100>, tr::Softmax>({3});
    check_layer<T, tr::Shape<10>, tr::ReLU>({1, 65});
}

TEST_CASE("a NaN passes through pooling and ReLU on the GPU") {
    for (const int place : {0, 5, 17}) {
        passes::Operands operands = passes::random_operands<tr::Shape<3, 4, 4>, tr::MaxPool<2>>(1);
        operands.input[static_cast<std::size_t>(place)] = std::numeric_limits<float>::quiet_NaN();
        const auto same = [&]<class Layer>(Layer) {
            using In = tr::Shape<3, 4, 4>;
            return passes::same(passes::run<In, Layer>(tr::Cuda<>{}, operands).output,
                                passes::run<In, Layer>(tr::Reference<float>{}, operands).output);
        };
        CHECK(same(tr::MaxPool<2>{}));
        operands.output_gradient.resize(48, 0.0f);
        CHECK(same(tr::ReLU{}));
    }
}
