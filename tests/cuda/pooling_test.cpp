#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <tinyres/backend/cuda/max_pool.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

/// Pooling does no arithmetic: of numbers that bfloat16 holds both backends give the same.
template <class T>
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cuda<T>> cuda, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands(signature, batch));
        for (float& value : operands.input) value = std::round(4.0f * value); // many ties
        for (std::size_t i = 5; i < operands.input.size(); i += 97)
            operands.input[i] = std::numeric_limits<float>::quiet_NaN();
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        cuda_shim::in_every_order([&] { CHECK(passes::same(cuda(tr::Cuda<T>{}, operands), expected)); });
        operands.training = false;
        CHECK(passes::same(cuda(tr::Cuda<T>{}, operands).output, expected.output));
    }
}

template <class T, class In, int Window>
void check(std::initializer_list<int> batches) {
    using Layer = tr::MaxPool<Window>;
    check<T>(passes::signature_of<In, Layer>(), passes::run<In, Layer>, passes::run<In, Layer>, batches);
}

} // namespace

TEST_CASE_TEMPLATE("MaxPool on the GPU is the reference's, ties and NaNs included", T, float, tr::bfloat16) {
    check<T, tr::Shape<5, 5, 9>, 1>({1, 3});
    check<T, tr::Shape<1, 8, 4>, 2>({1, 65});
    check<T, tr::Shape<3, 8, 4>, 2>({1, 3, 65});
    check<T, tr::Shape<17, 8, 4>, 2>({1, 3});
    check<T, tr::Shape<42, 4, 4>, 2>({1, 3, 65});
    check<T, tr::Shape<64, 4, 4>, 2>({1, 65});
    check<T, tr::Shape<33, 6, 9>, 3>({1, 3});
    check<T, tr::Shape<520, 4, 4>, 4>({3});
    check<T, tr::Shape<3, 16, 16>, 16>({1, 3});
}

TEST_CASE("MaxPool<2> on the GPU routes the gradient to the first maximum and takes a NaN for it") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    passes::Operands operands;
    operands.input = {1, 2, 5, 5, nan, 3, -infinity, -infinity, /**/ 4, 3, 5, 5, 7, nan, -infinity, -infinity};
    operands.output_gradient = {1, 2, 3, 4};
    const passes::Results results = passes::run<tr::Shape<1, 2, 8>, tr::MaxPool<2>>(tr::Cuda<>{}, operands);
    CHECK(passes::same(results.output, {4, 5, static_cast<double>(nan), -static_cast<double>(infinity)}));
    CHECK(results.input_gradient == std::vector<double>{0, 0, 2, 0, 0, 0, 4, 0, 1, 0, 0, 0, 0, 3, 0, 0});
}
