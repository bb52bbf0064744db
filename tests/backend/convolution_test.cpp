#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;

namespace {

/// The convolution on the processor against double precision, and the same bits for any number of threads.
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cpu<>> cpu, std::initializer_list<int> batches, std::initializer_list<int> thread_counts) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.out.channels);
        const passes::Operands operands = passes::random_operands(signature, batch);
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        const passes::Results found = cpu(tr::Cpu<>{1}, operands);
        const passes::Errors errors = passes::errors_of(found, expected, signature);
        CHECK(errors.output < 3e-6);
        CHECK(errors.input_gradient < 3e-6);
        CHECK(errors.parameter_gradients < 3e-6);
        for (const int threads : thread_counts) CHECK(passes::same(found, cpu(tr::Cpu<>{threads}, operands)));
    }
}

template <class In, int Channels, tr::Bias bias = tr::Bias::yes, tr::Algorithm algorithm = tr::Algorithm::fastest>
void check(std::initializer_list<int> batches, std::initializer_list<int> thread_counts = {2, 3, 5}) {
    using Layer = tr::Conv3x3<Channels, bias, algorithm>;
    check(passes::signature_of<In, Layer>(), passes::run<In, Layer>, passes::run<In, Layer>, batches, thread_counts);
}

} // namespace

TEST_CASE("Conv3x3 agrees with double precision on images of one pixel, one row and one column") {
    check<tr::Shape<1, 1, 1>, 1>({1, 3});
    check<tr::Shape<100, 1, 7>, 3>({1, 3});
    check<tr::Shape<5, 3, 1>, 4>({1, 3, 336});
}

TEST_CASE("Conv3x3 agrees with double precision on images that are not square") {
    check<tr::Shape<3, 6, 2>, 33>({1, 3, 336});
    check<tr::Shape<3, 5, 9>, 5>({1, 3, 336});
    check<tr::Shape<17, 8, 4>, 40, tr::Bias::no>({1, 3});
}

TEST_CASE("Conv3x3 agrees with double precision on square images") {
    check<tr::Shape<33, 6, 6>, 17>({1, 3, 20});
    check<tr::Shape<64, 4, 4>, 100, tr::Bias::no>({1, 3, 17});
    check<tr::Shape<3, 32, 32>, 64>({1, 3});
}

TEST_CASE("Conv3x3 as a network's first layer has no gradient of its input") {
    using In = tr::Shape<3, 5, 9>;
    passes::Operands operands = passes::random_operands<In, tr::Conv3x3<5>>(3);
    const passes::Results with = passes::run<In, tr::Conv3x3<5>>(tr::Cpu<>{2}, operands);
    operands.wants_input_gradient = false;
    const passes::Results without = passes::run<In, tr::Conv3x3<5>>(tr::Cpu<>{2}, operands);
    CHECK(passes::same(with.parameter_gradients, without.parameter_gradients));
}

TEST_CASE("Conv3x3 lets a NaN reach the nine pixels around it and no other") {
    using In = tr::Shape<1, 5, 7>;
    passes::Operands operands = passes::random_operands<In, tr::Conv3x3<1>>(2);
    operands.training = false;
    operands.input[35 + 1 * 7 + 6] = std::numeric_limits<float>::quiet_NaN(); // second image, row 1, last column
    const std::vector<double> output = passes::run<In, tr::Conv3x3<1>>(tr::Cpu<>{2}, operands).output;
    for (int image = 0; image < 2; ++image)
        for (int row = 0; row < 5; ++row)
            for (int column = 0; column < 7; ++column) {
                const bool near = image == 1 && row <= 2 && column >= 5;
                CHECK(std::isnan(output[static_cast<std::size_t>(image * 35 + row * 7 + column)]) == near);
            }
}

TEST_CASE("Conv3x3 by Winograd's algorithm agrees with double precision, whatever its tiles leave over") {
    check<tr::Shape<16, 7, 10>, 48>({1, 3, 11});
    check<tr::Shape<128, 8, 8>, 300>({1, 2, 9});
    check<tr::Shape<64, 32, 32>, 128, tr::Bias::no>({1, 3});
    check<tr::Shape<40, 16, 12>, 24>({1, 13});
    check<tr::Shape<18, 16, 16>, 144>({9}); // the weight gradient in two blocks of tiles and two groups of channels
}

TEST_CASE("Conv3x3 by Winograd's algorithm agrees with double precision where filters outweigh images") {
    check<tr::Shape<251, 4, 5>, 270>({2, 65}, {2, 3, 20}); // with vectors of 16, more threads than panels
}

TEST_CASE("Conv3x3 computes directly where that is asked for: smaller errors, and a NaN stays in its nine pixels") {
    using In = tr::Shape<64, 8, 8>;
    using Direct = tr::Conv3x3<48, tr::Bias::yes, tr::Algorithm::direct>;
    check<In, 48, tr::Bias::yes, tr::Algorithm::direct>({1, 3});
    check<tr::Shape<90, 8, 8>, 131, tr::Bias::yes, tr::Algorithm::direct>({33}); // few slices of several panels
    passes::Operands operands = passes::random_operands<In, Direct>(1);
    operands.training = false;
    const auto error = [&](const passes::Results& found) {
        return passes::errors_of<In, Direct>(found, passes::run<In, Direct>(tr::Reference<double>{}, operands)).output;
    };
    CHECK(error(passes::run<In, Direct>(tr::Cpu<>{2}, operands)) <
          error(passes::run<In, tr::Conv3x3<48>>(tr::Cpu<>{2}, operands)));
    operands.input[(3 * 8 + 3) * 64 + 5] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<double> output = passes::run<In, Direct>(tr::Cpu<>{2}, operands).output;
    CHECK(std::count_if(output.begin(), output.end(), [](double value) { return std::isnan(value); }) == 9 * 48);
}
