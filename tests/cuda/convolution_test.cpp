#include "cuda/managed_memory.hpp"

#include <doctest/doctest.h>
#include <tinyres/backend/cuda/conv3x3_max_pool.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

/// With operands that bfloat16, and so TF32, holds exactly, all products are exact: what is left is the order of the
/// sums, and with bfloat16 the rounding of what is stored.
template <class T>
constexpr double stored_bound = std::is_same_v<T, float> ? 3e-6 : 3e-3;
constexpr double parameter_bound = 3e-6;

passes::Operands exact(passes::Operands operands) {
    for (float& parameter : operands.parameters) parameter = tr::bfloat16(parameter);
    return passes::rounded_to_bfloat16(std::move(operands));
}

template <class T>
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cuda<T>> cuda, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        const passes::Operands operands = exact(passes::random_operands(signature, batch));
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        const passes::Results found = cuda(tr::Cuda<T>{}, operands);
        const passes::Errors errors = passes::errors_of(found, expected, signature);
        CHECK(errors.output < stored_bound<T>);
        CHECK(errors.input_gradient < stored_bound<T>);
        CHECK(errors.parameter_gradients < parameter_bound);
        CHECK(passes::same(found, cuda(tr::Cuda<T>{}, operands)));
    }
}

template <class T, class In, class Operation, class... Layers>
void check(std::initializer_list<int> batches) {
    check<T>(passes::signature_of<In, Layers...>(), passes::run<In, Layers...>, passes::run<In, Operation>, batches);
}

template <class T, class In, class Layer>
void check_layer(std::initializer_list<int> batches) {
    check<T, In, Layer, Layer>(batches);
}

} // namespace

TEST_CASE_TEMPLATE("Conv3x3 on the tensor cores is near double precision in all passes", T, float, tr::bfloat16) {
    check_layer<T, tr::Shape<3, 8, 8>, tr::Conv3x3<64>>({1, 5});
    check_layer<T, tr::Shape<64, 4, 4>, tr::Conv3x3<128>>({1, 9});
    check_layer<T, tr::Shape<16, 16, 8>, tr::Conv3x3<40, tr::Bias::no>>({3});
}

TEST_CASE_TEMPLATE("channels and sizes of any number are right on the tensor cores", T, float, tr::bfloat16) {
    check_layer<T, tr::Shape<1, 1, 1>, tr::Conv3x3<1>>({1, 3});
    check_layer<T, tr::Shape<5, 7, 3>, tr::Conv3x3<17, tr::Bias::no>>({1, 3});
    check_layer<T, tr::Shape<33, 6, 5>, tr::Conv3x3<67>>({2});
    check_layer<T, tr::Shape<24, 3, 9>, tr::Conv3x3<130>>({2});
}

TEST_CASE_TEMPLATE("strides, padding and dilation are right on the tensor cores", T, float, tr::bfloat16) {
    using tr::by;
    check_layer<T, tr::Shape<3, 11, 9>, tr::Conv<24, 7, 2, 3>>({2});
    check_layer<T, tr::Shape<16, 7, 6>, tr::Conv<32, 1, 2>>({3});
    check_layer<T, tr::Shape<16, 8, 7>, tr::Conv<17, by(3, 2), by(1, 3), by(0, 4), 1, tr::Bias::no, 2>>({2});
}

TEST_CASE("the tensor cores take convolutions that fill their tiles, and Conv3x3 always") {
    using In = tr::Shape<32, 8, 8>;
    constexpr auto on_tensor_cores = []<class Layer>(Layer) {
        return requires {
            tr::Kernel<tr::Cuda<>, tr::Bound<Layer, In>>::moments_rows;
        };
    };
    static_assert(on_tensor_cores(tr::Conv1x1<64>{}) && on_tensor_cores(tr::Conv<64, 3, 2, 1>{}));
    static_assert(!on_tensor_cores(tr::Conv1x1<8>{}) && on_tensor_cores(tr::Conv3x3<8>{}));
    static_assert(!on_tensor_cores(tr::DepthwiseConv3x3<32>{}) && !on_tensor_cores(tr::Conv<64, 3, 1, 1, 2>{}));
}

TEST_CASE("in Cuda<float> convolutions round what they multiply to TF32") {
    using In = tr::Shape<16, 8, 8>;
    const passes::Operands operands = passes::random_operands<In, tr::Conv3x3<24>>(3);
    const passes::Results expected = passes::run<In, tr::Conv3x3<24>>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<In, tr::Conv3x3<24>>(tr::Cuda<>{}, operands);
    const passes::Errors errors = passes::errors_of<In, tr::Conv3x3<24>>(found, expected);
    for (const double error : {errors.output, errors.input_gradient, errors.parameter_gradients}) {
        CHECK(error < 6e-4);
        CHECK(error > 1e-5);
    }
}

TEST_CASE_TEMPLATE("a convolution pools in its blocks where they hold whole windows", T, float, tr::bfloat16) {
    static_assert(tr::cuda::pools_in_block<8, 8, 2> && tr::cuda::pools_in_block<32, 32, 2> &&
                  tr::cuda::pools_in_block<4, 4, 4>);
    static_assert(!tr::cuda::pools_in_block<6, 6, 2>);
    using Pooled = tr::Fused<tr::Conv3x3<24>, tr::MaxPool<2>>;
    check<T, tr::Shape<16, 8, 8>, Pooled, tr::Conv3x3<24>, tr::MaxPool<2>>({1, 5});
    check<T, tr::Shape<5, 6, 6>, Pooled, tr::Conv3x3<24>, tr::MaxPool<2>>({3});
    check<T, tr::Shape<5, 6, 6>, tr::Fused<tr::Conv3x3<8>, tr::MaxPool<1>>, tr::Conv3x3<8>, tr::MaxPool<1>>({3});
    check<T, tr::Shape<8, 4, 4>, tr::Fused<tr::Conv3x3<17>, tr::MaxPool<4>>, tr::Conv3x3<17>, tr::MaxPool<4>>({9});
}
