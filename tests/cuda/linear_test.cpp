#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <tinyres/backend/cuda/linear.hpp>
#include <tinyres/backend/cuda/softmax.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

/// The layer on the GPU, in float whatever its precision, against double precision; the same bits in every order of
/// its threads.
template <class T>
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cuda<T>> cuda, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::random_operands(signature, batch);
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        const passes::Results found = cuda(tr::Cuda<T>{}, operands);
        const passes::Errors errors = passes::errors_of(found, expected, signature);
        CHECK(errors.output < 3e-6);
        CHECK(errors.input_gradient < 3e-6);
        CHECK(errors.parameter_gradients < 3e-6);
        cuda_shim::in_every_order([&] { CHECK(passes::same(found, cuda(tr::Cuda<T>{}, operands))); });
        operands.wants_input_gradient = false;
        CHECK(passes::same(cuda(tr::Cuda<T>{}, operands).parameter_gradients, found.parameter_gradients));
    }
}

template <class T, class In, class Layer>
void check(std::initializer_list<int> batches) {
    check<T>(passes::signature_of<In, Layer>(), passes::run<In, Layer>, passes::run<In, Layer>, batches);
}

/// The first images' outputs of a batch are those of a batch of them alone.
template <class In, class Layer>
void check_prefixes() {
    const passes::Operands all = passes::random_operands<In, Layer>(17);
    const std::vector<double> expected = passes::run<In, Layer>(tr::Cuda<>{}, all).output;
    for (int batch = 1; batch < all.batch; ++batch) {
        CAPTURE(batch);
        passes::Operands operands = all;
        operands.batch = batch;
        const auto cut = [&](auto& values) { values.resize(values.size() / 17 * static_cast<std::size_t>(batch)); };
        cut(operands.input);
        cut(operands.output_gradient);
        std::vector<double> outputs = expected;
        cut(outputs);
        CHECK((passes::run<In, Layer>(tr::Cuda<>{}, operands).output == outputs));
    }
}

} // namespace

TEST_CASE_TEMPLATE("Linear on the GPU agrees with double precision", T, float, tr::bfloat16) {
    check<T, tr::Shape<1>, tr::Linear<1>>({1, 3});
    check<T, tr::Shape<17>, tr::Linear<3, tr::Bias::no>>({1, 64, 65});
    check<T, tr::Shape<512>, tr::Linear<10>>({1, 65});
    check<T, tr::Shape<65>, tr::Linear<33>>({1, 3, 129});
}

TEST_CASE("An image's outputs of Linear on the GPU are the same, bit for bit, in any batch") {
    check_prefixes<tr::Shape<512>, tr::Linear<10>>();
    check_prefixes<tr::Shape<129>, tr::Linear<64, tr::Bias::no>>();
}

TEST_CASE("Linear on the GPU is y = W x + b with weights (in, out)") {
    passes::Operands operands;
    operands.batch = 2;
    operands.input = {1, 2, 3, /**/ -1, 0, 1};
    operands.parameters = {1, 10, /**/ 2, 20, /**/ 3, 30, /* bias */ 100, 200};
    operands.output_gradient = {1, 0, /**/ 0, 2};
    const passes::Results results = passes::run<tr::Shape<3>, tr::Linear<2>>(tr::Cuda<>{}, operands);
    CHECK(results.output == std::vector<double>{114, 340, 102, 220});
    CHECK(results.input_gradient == std::vector<double>{1, 2, 3, 20, 40, 60});
    CHECK(results.parameter_gradients == std::vector<double>{1, -2, 2, 0, 3, 2, 1, 2});
}

TEST_CASE_TEMPLATE("Softmax and LogSoftmax on the GPU agree with double precision", T, float, tr::bfloat16) {
    check<T, tr::Shape<10>, tr::Softmax>({1, 3, 65});
    check<T, tr::Shape<10>, tr::LogSoftmax>({1, 3, 65});
    check<T, tr::Shape<1>, tr::Softmax>({3});
    check<T, tr::Shape<101>, tr::LogSoftmax>({3});
}

TEST_CASE("softmax on the GPU stays finite and exact for outputs of any size") {
    passes::Operands operands;
    operands.batch = 2;
    operands.input = {1e4f, -1e4f, 0.0f, /**/ -3e38f, -3e38f, -3e38f};
    operands.output_gradient = {1, 1, 1, 1, 2, 3};
    const passes::Results softmax = passes::run<tr::Shape<3>, tr::Softmax>(tr::Cuda<>{}, operands);
    CHECK(softmax.output[0] == 1.0);
    CHECK(softmax.output[1] == 0.0);
    CHECK(softmax.output[2] == 0.0);
    for (std::size_t k = 3; k < 6; ++k) CHECK(softmax.output[k] == doctest::Approx(1.0 / 3));
    const passes::Results logarithm = passes::run<tr::Shape<3>, tr::LogSoftmax>(tr::Cuda<>{}, operands);
    CHECK(logarithm.output[0] == 0.0);
    CHECK(logarithm.output[1] == -2e4);
    CHECK(logarithm.output[2] == -1e4);
    for (const auto* results : {&softmax, &logarithm})
        for (const double gradient : results->input_gradient) CHECK(std::isfinite(gradient));
}

TEST_CASE_TEMPLATE("a NaN makes the softmax of its image NaNs on the GPU, and of no other", Layer, tr::Softmax,
                   tr::LogSoftmax) {
    for (const std::size_t place : {std::size_t{40}, std::size_t{75}}) {
        passes::Operands operands = passes::random_operands<tr::Shape<40>, Layer>(3);
        operands.input[place] = std::nanf("");
        const std::vector<double> output = passes::run<tr::Shape<40>, Layer>(tr::Cuda<>{}, operands).output;
        int wrong = 0;
        for (std::size_t i = 0; i < output.size(); ++i) wrong += std::isnan(output[i]) == (i / 40 == 1) ? 0 : 1;
        CHECK(wrong == 0);
    }
}
