#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <tinyres/backend/cuda/kernels.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

/// The layer on the GPU does what it does in float on the reference, rounded to T.
template <class T, class Stored>
void check_same(const passes::Signature& signature, passes::Pass<tr::Reference<float>> reference,
                passes::Pass<tr::Cuda<T>> cuda, std::initializer_list<int> batches) {
    const auto rounded = [](std::vector<double> values) {
        for (double& value : values)
            value = static_cast<double>(static_cast<float>(static_cast<Stored>(static_cast<float>(value))));
        return values;
    };
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands(signature, batch));
        for (const bool training : {true, false}) {
            operands.training = training;
            const passes::Results expected = reference(tr::Reference<float>{}, operands);
            cuda_shim::in_every_order([&] {
                const passes::Results found = cuda(tr::Cuda<T>{}, operands);
                CHECK(passes::same(found.output, rounded(expected.output)));
                CHECK(passes::same(found.input_gradient, rounded(expected.input_gradient)));
            });
        }
    }
}

template <class T, class In, class Layer>
void check_same(std::initializer_list<int> batches) {
    check_same<T, tr::Stored<tr::Cuda<T>, In>>(passes::signature_of<In, Layer>(), passes::run<In, Layer>,
                                               passes::run<In, Layer>, batches);
}

template <class T, class In>
void check_sums(int batch) {
    using Backend = tr::Cuda<T>;
    using Value = tr::Stored<Backend, In>;
    const passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, tr::ReLU>(batch));
    std::vector<double> expected;
    for (std::size_t i = 0; i < operands.input.size(); ++i) {
        const auto sum = static_cast<Value>(operands.input[i] + operands.output_gradient[i]);
        expected.push_back(static_cast<double>(static_cast<float>(sum)));
    }
    const passes::Array<Backend, Value> left(operands.input);
    const passes::Array<Backend, Value> right(operands.output_gradient);
    const passes::Array<Backend, Value> sum(expected.size());
    tr::ForwardPass<float, Value> pass;
    pass.batch = batch;
    pass.input = left.data();
    pass.inputs = {reinterpret_cast<const std::byte*>(left.data()), reinterpret_cast<const std::byte*>(right.data())};
    pass.output = sum.data();
    tr::Kernel<Backend, tr::Bound<tr::Add, In, In>>::forward(Backend{}, pass);
    CHECK(sum.values() == expected);
}

} // namespace

TEST_CASE_TEMPLATE("ReLU, Dropout2d and Flatten on the GPU only round what they store", T, float, tr::bfloat16) {
    check_same<T, tr::Shape<5, 5, 9>, tr::ReLU>({1, 3, 65});
    check_same<T, tr::Shape<7>, tr::ReLU>({3});
    check_same<T, tr::Shape<1, 1, 1>, tr::ReLU>({1});
    check_same<T, tr::Shape<64, 4, 4>, tr::ReLU>({3});
    check_same<T, tr::Shape<3, 3, 3>, tr::Dropout2d<30>>({1, 3, 65});
    check_same<T, tr::Shape<17, 1, 7>, tr::Dropout2d<50>>({3});
    check_same<T, tr::Shape<64, 2, 2>, tr::Dropout2d<1>>({1, 65});
    check_same<T, tr::Shape<520, 2, 2>, tr::Dropout2d<30>>({3});
    check_same<T, tr::Shape<33>, tr::Dropout2d<30>>({3});
    check_same<T, tr::Shape<5, 3, 3>, tr::Dropout2d<0>>({3});
    check_same<T, tr::Shape<3, 4, 5>, tr::Flatten>({1, 65});
    check_same<T, tr::Shape<64, 4, 4>, tr::Flatten>({3});
    check_same<T, tr::Shape<17, 1, 1>, tr::Flatten>({3});
}

TEST_CASE_TEMPLATE("a residual block's sums on the GPU are rounded once", T, float, tr::bfloat16) {
    check_sums<T, tr::Shape<3, 3, 3>>(1);
    check_sums<T, tr::Shape<17, 4, 4>>(3);
    check_sums<T, tr::Shape<64, 4, 4>>(5);
    check_sums<T, tr::Shape<13>>(5);
}

TEST_CASE("ReLU on the GPU stops what is not positive, its gradient at 0 included, and lets a NaN pass") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const float values[] = {-1.0f, 0.0f, -0.0f, 2.0f, -infinity, infinity, nan, 1e-40f, -1e-40f};
    const std::vector<double> outputs{
        0, 0, 0, 2, 0, static_cast<double>(infinity), static_cast<double>(nan), static_cast<double>(1e-40f), 0};
    const std::vector<double> gradients{0, 0, 0, 1, 0, 1, 0, 1, 0};
    // The nine values in turn, so that each stands in a vector and in the rest behind the last one.
    using In = tr::Shape<1, 9, 9>;
    passes::Operands operands;
    for (int i = 0; i < 81; ++i) operands.input.push_back(values[i % 9]);
    operands.output_gradient.assign(81, 1.0f);
    const passes::Results results = passes::run<In, tr::ReLU>(tr::Cuda<>{}, operands);
    for (std::size_t i = 0; i < 81; ++i) {
        CAPTURE(i % 9);
        CHECK(passes::same({results.output[i]}, {outputs[i % 9]}));
        CHECK(results.input_gradient[i] == gradients[i % 9]);
    }
}

TEST_CASE_TEMPLATE("Dropout2d behind a normalization drops the channels on the GPU that it drops alone", T, float,
                   tr::bfloat16) {
    const auto check = [&]<class In, class Norm>(In, Norm) {
        passes::Operands operands = passes::random_operands<In, Norm>(21);
        operands.random = {9, tr::Purpose::dropout, 4, 2};
        constexpr auto channels = static_cast<std::size_t>(In::channels);
        for (std::size_t c = 0; c < channels; ++c) operands.parameters[channels + c] = 100.0f; // no ReLU stops anything
        passes::Operands ones = operands;
        std::fill(ones.input.begin(), ones.input.end(), 1.0f);
        const std::vector<double> factors = passes::run<In, tr::Dropout2d<30>>(tr::Reference<double>{}, ones).output;
        const std::vector<double> output =
            passes::run<In, tr::Fused<Norm, tr::ReLU, tr::Dropout2d<30>>>(tr::Cuda<T>{}, operands).output;
        int wrong = 0;
        for (std::size_t i = 0; i < output.size(); ++i) wrong += (output[i] == 0.0) == (factors[i] == 0.0) ? 0 : 1;
        CHECK(wrong == 0);
    };
    check(tr::Shape<17, 4, 4>{}, tr::BatchNorm{});
    check(tr::Shape<64, 2, 2>{}, tr::BatchNorm{});
    check(tr::Shape<17, 4, 4>{}, tr::LayerNorm{});
    check(tr::Shape<64, 2, 2>{}, tr::GroupNorm<4>{});
}

TEST_CASE_TEMPLATE("a NaN that Dropout2d drops stays a NaN on the GPU", T, float, tr::bfloat16) {
    using In = tr::Shape<16, 2, 2>;
    passes::Operands operands = passes::random_operands<In, tr::Dropout2d<90>>(2);
    std::fill(operands.input.begin(), operands.input.end(), std::numeric_limits<float>::quiet_NaN());
    for (const double value : passes::run<In, tr::Dropout2d<90>>(tr::Cuda<T>{}, operands).output)
        CHECK(std::isnan(value));
}
