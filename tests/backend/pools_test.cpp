#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Quarters, few enough that sums of them are exact in bfloat16.
void round_to_quarters(std::vector<float>& values) {
    for (float& value : values) value = std::round(4.0f * value) / 4.0f;
}

/// A layer whose arithmetic is exact with these numbers: both backends give the same.
template <class T, class In, class Layer>
void check_same(std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        passes::Operands operands = passes::random_operands<In, Layer>(batch);
        round_to_quarters(operands.input);
        round_to_quarters(operands.output_gradient);
        const passes::Results expected = passes::run<In, Layer>(tr::Reference<double>{}, operands);
        for (const int threads : {1, 3})
            CHECK(passes::same(passes::run<In, Layer>(tr::Cpu<T>{threads}, operands), expected));
        operands.training = false;
        const passes::Results predicted = passes::run<In, Layer>(tr::Reference<double>{}, operands);
        CHECK(passes::same(passes::run<In, Layer>(tr::Cpu<T>{2}, operands).output, predicted.output));
    }
}

/// A layer that rounds, by as much as `T` is precise.
template <class T, class In, class Layer>
void check_close(std::initializer_list<int> batches) {
    constexpr double bound = std::is_same_v<T, float> ? 5e-7 : 4e-3;
    for (const int batch : batches) {
        CAPTURE(batch);
        const passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands<In, Layer>(batch));
        const passes::Results expected = passes::run<In, Layer>(tr::Reference<double>{}, operands);
        const passes::Results found = passes::run<In, Layer>(tr::Cpu<T>{1}, operands);
        const passes::Errors errors = passes::errors_of<In, Layer>(found, expected);
        CHECK(errors.output < bound);
        CHECK(errors.input_gradient < bound);
        CHECK(passes::same(passes::run<In, Layer>(tr::Cpu<T>{3}, operands), found));
    }
}

} // namespace

TEST_CASE_TEMPLATE("MaxPool of windows that overlap, lie in padding or leave pixels over is the same on both backends",
                   T, float, tr::bfloat16) {
    check_same<T, tr::Shape<19, 7, 6>, tr::MaxPool<3, 2, 1>>({1, 3, 65});
    check_same<T, tr::Shape<8, 5, 3>, tr::MaxPool<2>>({1, 3});
    check_same<T, tr::Shape<5, 4, 4>, tr::MaxPool<3, 1, 1>>({3});
    check_same<T, tr::Shape<3, 5, 5>, tr::MaxPool<1, 3>>({3});
    check_same<T, tr::Shape<2, 18, 17>, tr::MaxPool<16, 8, 8>>({2}); // places up to 255
}

TEST_CASE_TEMPLATE("an overlapping MaxPool gives a pixel the gradients of all windows whose maximum it is", Backend,
                   tr::Cpu<>, tr::Reference<double>) {
    using In = tr::Shape<1, 4, 4>;
    passes::Operands operands;
    operands.input = {1, 2, 3, 4, /**/ 5, 9, 7, 8, /**/ 1, 9, not_a_number, 0, /**/ 0, 0, 0, 0};
    operands.output_gradient = {1, 2, 4, /**/ 8, 16, 32, /**/ 64, 128, 256};
    const passes::Results results = passes::run<In, tr::MaxPool<2, 1>>(Backend{}, operands);
    constexpr auto nan = static_cast<double>(not_a_number);
    CHECK(passes::same(results.output, {9, 9, 8, 9, nan, nan, 9, nan, nan}));
    CHECK(results.input_gradient ==
          std::vector<double>{0, 0, 0, 0, /**/ 0, 11, 0, 4, /**/ 0, 64, 432, 0, /**/ 0, 0, 0, 0});
}

TEST_CASE_TEMPLATE("the padding of MaxPool is below every number", Backend, tr::Cpu<>, tr::Reference<double>) {
    using In = tr::Shape<1, 1, 2>;
    constexpr float infinity = std::numeric_limits<float>::infinity();
    passes::Operands operands;
    operands.input = {-infinity, -5};
    operands.output_gradient = {1, 2, 4, 8, 16, 32};
    const passes::Results results = passes::run<In, tr::MaxPool<2, 1, 1>>(Backend{}, operands);
    constexpr auto lowest = -static_cast<double>(infinity);
    CHECK(results.output == std::vector<double>{lowest, -5, -5, lowest, -5, -5});
    CHECK(results.input_gradient == std::vector<double>{9, 54});
}

TEST_CASE_TEMPLATE("AvgPool and GlobalAvgPool on the processor agree with double precision", T, float, tr::bfloat16) {
    check_close<T, tr::Shape<19, 7, 6>, tr::AvgPool<3, 2, 1>>({1, 65});
    check_close<T, tr::Shape<19, 7, 6>, tr::AvgPool<3, 2, 1, tr::CountPadding::no>>({3});
    check_close<T, tr::Shape<8, 5, 4>, tr::AvgPool<2>>({3});
    check_close<T, tr::Shape<42, 5, 3>, tr::GlobalAvgPool>({1, 3, 65});
    check_close<T, tr::Shape<3, 1, 1>, tr::GlobalAvgPool>({3});
}

TEST_CASE_TEMPLATE("Upsample is the same on both backends", T, float, tr::bfloat16) {
    check_same<T, tr::Shape<19, 3, 2>, tr::Upsample<2>>({1, 65});
    check_same<T, tr::Shape<3, 2, 3>, tr::Upsample<3>>({3});
}

TEST_CASE_TEMPLATE("Dropout drops the same values on both backends", T, float, tr::bfloat16) {
    check_same<T, tr::Shape<19, 3, 3>, tr::Dropout<50>>({1, 65});
    check_same<T, tr::Shape<77>, tr::Dropout<50>>({3, 336});
    check_same<T, tr::Shape<5>, tr::Dropout<0>>({2});
}

TEST_CASE("Dropout drops its share of the values, others in every step, and a NaN stays a NaN") {
    using In = tr::Shape<100, 10, 10>;
    passes::Operands operands = passes::random_operands<In, tr::Dropout<30>>(1);
    std::fill(operands.input.begin(), operands.input.end(), 1.0f);
    const auto dropped = [&](std::uint32_t step) {
        operands.random.major = step;
        std::vector<bool> zeros;
        for (const double value : passes::run<In, tr::Dropout<30>>(tr::Cpu<>{1}, operands).output) {
            zeros.push_back(value == 0.0);
            CHECK((value == 0.0 || std::abs(value - 1.0 / 0.7) < 1e-6));
        }
        return zeros;
    };
    const std::vector<bool> first = dropped(1);
    CHECK(std::abs(static_cast<double>(std::ranges::count(first, true)) / 10'000 - 0.3) < 0.02);
    CHECK(first == dropped(1));
    CHECK(first != dropped(2));
    std::fill(operands.input.begin(), operands.input.end(), not_a_number);
    for (const double value : passes::run<In, tr::Dropout<30>>(tr::Cpu<>{1}, operands).output) CHECK(std::isnan(value));
}
