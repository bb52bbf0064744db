#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

/// The layer on the processor against double precision, and the same bits for any number of threads.
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cpu<>> cpu, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        const passes::Operands operands = passes::random_operands(signature, batch);
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        const passes::Results found = cpu(tr::Cpu<>{1}, operands);
        const passes::Errors errors = passes::errors_of(found, expected, signature);
        CHECK(errors.output < 3e-6);
        CHECK(errors.input_gradient < 3e-6);
        CHECK(errors.parameter_gradients < 3e-6);
        for (const int threads : {2, 3, 5}) CHECK(passes::same(found, cpu(tr::Cpu<>{threads}, operands)));
    }
}

template <class In, class Layer>
void check(std::initializer_list<int> batches) {
    check(passes::signature_of<In, Layer>(), passes::run<In, Layer>, passes::run<In, Layer>, batches);
}

/// The first images' outputs of a batch are those of a batch of them alone.
template <class In, class Layer>
void check_prefixes() {
    const passes::Operands all = passes::random_operands<In, Layer>(17);
    const std::vector<double> expected = passes::run<In, Layer>(tr::Cpu<>{1}, all).output;
    for (int batch = 1; batch < all.batch; ++batch) {
        CAPTURE(batch);
        passes::Operands operands = all;
        operands.batch = batch;
        const auto cut = [&](auto& values) { values.resize(values.size() / 17 * static_cast<std::size_t>(batch)); };
        cut(operands.input);
        cut(operands.output_gradient);
        std::vector<double> outputs = expected;
        cut(outputs);
        CHECK((passes::run<In, Layer>(tr::Cpu<>{1}, operands).output == outputs));
    }
}

} // namespace

TEST_CASE("Linear agrees with double precision") {
    check<tr::Shape<1>, tr::Linear<1>>({1, 3});
    check<tr::Shape<17>, tr::Linear<3, tr::Bias::no>>({1, 64, 65, 336});
    check<tr::Shape<512>, tr::Linear<10>>({1, 3, 336});
    check<tr::Shape<65>, tr::Linear<33>>({1, 3, 129});
}

TEST_CASE("An image's outputs of Linear are the same, bit for bit, in any batch") {
    check_prefixes<tr::Shape<512>, tr::Linear<10>>();
    check_prefixes<tr::Shape<129>, tr::Linear<70>>();
    check_prefixes<tr::Shape<129>, tr::Linear<64, tr::Bias::no>>();
}

TEST_CASE_TEMPLATE("Linear is y = W x + b with weights (in, out)", Backend, tr::Cpu<>, tr::Reference<double>) {
    passes::Operands operands;
    operands.batch = 2;
    operands.input = {1, 2, 3, /**/ -1, 0, 1};
    operands.parameters = {1, 10, /**/ 2, 20, /**/ 3, 30, /* bias */ 100, 200};
    operands.output_gradient = {1, 0, /**/ 0, 2};
    const passes::Results results = passes::run<tr::Shape<3>, tr::Linear<2>>(Backend{}, operands);
    CHECK(results.output == std::vector<double>{114, 340, 102, 220});
    CHECK(results.input_gradient == std::vector<double>{1, 2, 3, 20, 40, 60});
    CHECK(results.parameter_gradients == std::vector<double>{1, -2, 2, 0, 3, 2, 1, 2});
}

TEST_CASE("Softmax and LogSoftmax agree with double precision") {
    check<tr::Shape<10>, tr::Softmax>({1, 3, 336});
    check<tr::Shape<10>, tr::LogSoftmax>({1, 3, 336});
    check<tr::Shape<1>, tr::Softmax>({3});
}

TEST_CASE_TEMPLATE("softmax stays finite and exact for outputs of any size", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    passes::Operands operands;
    operands.batch = 2;
    operands.input = {1e4f, -1e4f, 0.0f, /**/ -3e38f, -3e38f, -3e38f};
    operands.output_gradient = {1, 1, 1, 1, 2, 3};
    const passes::Results softmax = passes::run<tr::Shape<3>, tr::Softmax>(Backend{}, operands);
    CHECK(softmax.output[0] == 1.0);
    CHECK(softmax.output[1] == 0.0);
    CHECK(softmax.output[2] == 0.0);
    for (std::size_t k = 3; k < 6; ++k) CHECK(softmax.output[k] == doctest::Approx(1.0 / 3));
    const passes::Results logarithm = passes::run<tr::Shape<3>, tr::LogSoftmax>(Backend{}, operands);
    CHECK(logarithm.output[0] == 0.0);
    CHECK(logarithm.output[1] == -2e4);
    CHECK(logarithm.output[2] == -1e4);
    for (const auto* results : {&softmax, &logarithm})
        for (const double gradient : results->input_gradient) CHECK(std::isfinite(gradient));
}
