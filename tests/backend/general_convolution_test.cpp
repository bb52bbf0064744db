#include "backend/general_convolution.hpp"

#include "tinyres/backend/cpu/kernels.hpp"

namespace tr = tinyres;

TEST_CASE("Convolutions of any geometry on the processor agree with double precision") {
    general_convolution::check_all(tr::Cpu<>{2}, {});
}

TEST_CASE("Convolutions of any geometry in mixed precision agree up to its roundings") {
    general_convolution::check_all(tr::Cpu<tr::bfloat16>{2}, {.output = 4e-3, .input_gradient = 4e-3});
}

namespace {

/// The same bits for any number of threads, and agreement with double precision.
template <class In, class Layer>
void check(int batch) {
    const passes::Operands operands = passes::random_operands<In, Layer>(batch);
    const passes::Results found = passes::run<In, Layer>(tr::Cpu<>{1}, operands);
    const passes::Errors errors =
        passes::errors_of<In, Layer>(found, passes::run<In, Layer>(tr::Reference<double>{}, operands));
    CHECK(errors.output < 3e-6);
    CHECK(errors.input_gradient < 3e-6);
    CHECK(errors.parameter_gradients < 3e-6);
    for (const int threads : {2, 5}) CHECK(passes::same(found, passes::run<In, Layer>(tr::Cpu<>{threads}, operands)));
}

} // namespace

TEST_CASE("Convolutions give the same bits for any number of threads, whatever they are cut into") {
    check<tr::Shape<600, 2, 3>, tr::Conv1x1<37>>(3);       // chunks of channels
    check<tr::Shape<130, 6, 5>, tr::Conv<33, 3, 2, 1>>(7); // chunks, and phases backward
    check<tr::Shape<8, 60, 70>, tr::Conv<12, 1>>(2);       // bands of large images, which stay where they are
    check<tr::Shape<40, 45, 41>, tr::Conv<6, 5, 2>>(1);    // bands of copied ones
    check<tr::Shape<3, 5, 4>, tr::Conv<5, 3, 1, 1, 1, tr::Bias::no>>(70); // many images in a block
    check<tr::Shape<45, 6, 5>, tr::DepthwiseConv3x3<45, 2>>(9);
}
