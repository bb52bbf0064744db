#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;

namespace {

/// A convolution with its pooling as one operation against the two in double precision, and the same bits for any
/// number of threads.
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cpu<>> cpu, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::random_operands(signature, batch);
        for (const bool training : {true, false}) {
            CAPTURE(training);
            operands.training = training;
            const passes::Results expected = reference(tr::Reference<double>{}, operands);
            const passes::Results found = cpu(tr::Cpu<>{1}, operands);
            const passes::Errors errors = passes::errors_of(found, expected, signature);
            CHECK(errors.output < 3e-6);
            CHECK(errors.input_gradient < 3e-6);
            CHECK(errors.parameter_gradients < 3e-6);
            for (const int threads : {2, 3, 5}) CHECK(passes::same(found, cpu(tr::Cpu<>{threads}, operands)));
        }
    }
}

template <class In, class Convolution, class Pooling>
void check(std::initializer_list<int> batches) {
    check(passes::signature_of<In, Convolution, Pooling>(), passes::run<In, Convolution, Pooling>,
          passes::run<In, tr::Fused<Convolution, Pooling>>, batches);
}

} // namespace

TEST_CASE("a convolution that pools its tiles agrees with the two layers in double precision") {
    check<tr::Shape<16, 8, 8>, tr::Conv3x3<48>, tr::MaxPool<2>>({1, 3, 11});
    check<tr::Shape<33, 6, 10>, tr::Conv3x3<17, tr::Bias::no>, tr::MaxPool<2>>({1, 3}); // tiles beyond the edge
    check<tr::Shape<40, 16, 12>, tr::Conv3x3<24>, tr::MaxPool<4>>({1, 5});
    check<tr::Shape<128, 8, 8>, tr::Conv3x3<300>, tr::MaxPool<2>>({2});
}

TEST_CASE("a convolution that cannot pool its tiles is pooled behind it") {
    check<tr::Shape<3, 8, 8>, tr::Conv3x3<20>, tr::MaxPool<2>>({1, 3});  // direct
    check<tr::Shape<16, 6, 6>, tr::Conv3x3<16>, tr::MaxPool<3>>({1, 3}); // windows across tiles
    check<tr::Shape<16, 8, 8>, tr::Conv3x3<16>, tr::MaxPool<8>>({1, 3}); // windows of several tiles
}

TEST_CASE("a convolution that pools its tiles lets a NaN through") {
    using In = tr::Shape<16, 8, 8>;
    using Together = tr::Fused<tr::Conv3x3<19>, tr::MaxPool<2>>;
    passes::Operands operands = passes::random_operands<In, tr::Conv3x3<19>, tr::MaxPool<2>>(1);
    operands.input[0] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<double> output = passes::run<In, Together>(tr::Cpu<>{2}, operands).output;
    for (std::size_t c = 0; c < 19; ++c) CHECK(std::isnan(output[c]));
}

TEST_CASE("in mixed precision, a convolution that pools its tiles is near double precision") {
    using In = tr::Shape<64, 8, 8>;
    using Layer = tr::Conv3x3<96>;
    passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, Layer, tr::MaxPool<2>>(5));
    operands.training = false; // in training, another maximum may get the gradient
    const passes::Results expected = passes::run<In, Layer, tr::MaxPool<2>>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<In, tr::Fused<Layer, tr::MaxPool<2>>>(tr::Cpu<tr::bfloat16>{2}, operands);
    CHECK(passes::errors_of<In, Layer, tr::MaxPool<2>>(found, expected).output < 3e-2);
}
