#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Pooling does no arithmetic: both backends give the same numbers.
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<tr::Cpu<>> cpu, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        passes::Operands operands = passes::random_operands(signature, batch);
        for (float& value : operands.input) value = std::round(4.0f * value); // many ties
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        for (const int threads : {1, 3}) CHECK(passes::same(cpu(tr::Cpu<>{threads}, operands), expected));
        operands.training = false;
        CHECK(passes::same(cpu(tr::Cpu<>{2}, operands).output, expected.output));
    }
}

template <class In, int Window>
void check(std::initializer_list<int> batches) {
    using Layer = tr::MaxPool<Window>;
    check(passes::signature_of<In, Layer>(), passes::run<In, Layer>, passes::run<In, Layer>, batches);
}

/// One image of `Channels` equal channels, pooled by 2 with the gradients 1, 2, 3, ... of its outputs.
template <class Backend, int Channels, int Height, int Width>
passes::Results pool(const float (&image)[Height][Width]) {
    using In = tr::Shape<Channels, Height, Width>;
    passes::Operands operands;
    for (const auto& row : image)
        for (const float value : row) operands.input.insert(operands.input.end(), Channels, value);
    for (int i = 0; i < In::pixels / 4; ++i)
        operands.output_gradient.insert(operands.output_gradient.end(), Channels, static_cast<float>(i + 1));
    return passes::run<In, tr::MaxPool<2>>(Backend{}, operands);
}

/// One channel of (pixels, Channels); all channels must be the same.
template <int Channels>
std::vector<double> one_channel(const std::vector<double>& values) {
    std::vector<double> channel;
    for (std::size_t i = 0; i < values.size(); i += Channels) {
        channel.push_back(values[i]);
        for (std::size_t c = 1; c < Channels; ++c) CHECK(passes::same({values[i]}, {values[i + c]}));
    }
    return channel;
}

} // namespace

TEST_CASE("MaxPool is the same on both backends, ties included") {
    check<tr::Shape<5, 5, 9>, 1>({1, 3});
    check<tr::Shape<1, 8, 4>, 2>({1, 3, 336});
    check<tr::Shape<17, 8, 4>, 2>({1, 3});
    check<tr::Shape<100, 4, 4>, 2>({1, 3});
    check<tr::Shape<33, 6, 9>, 3>({1, 3});
    check<tr::Shape<40, 8, 4>, 4>({1, 3});
    check<tr::Shape<64, 4, 4>, 4>({1, 3, 336});
    check<tr::Shape<3, 16, 16>, 16>({1, 3});
}

TEST_CASE_TEMPLATE("MaxPool<2> routes the gradient to the first maximum", Backend, tr::Cpu<>, tr::Reference<double>) {
    // 19 channels: a whole register and a rest, on every instruction set.
    const float image[2][8] = {{1, 2, 5, 5, 3, 3, -1, -2}, {4, 3, 5, 5, 7, 7, -1, -3}};
    const passes::Results results = pool<Backend, 19>(image);
    CHECK(one_channel<19>(results.output) == std::vector<double>{4, 5, 7, -1});
    CHECK(one_channel<19>(results.input_gradient) ==
          std::vector<double>{0, 0, 2, 0, 0, 0, 4, 0, 1, 0, 0, 0, 3, 0, 0, 0});
}

TEST_CASE_TEMPLATE("MaxPool<2> takes a NaN for the maximum", Backend, tr::Cpu<>, tr::Reference<double>) {
    const float image[2][8] = {{not_a_number, 2, 1, not_a_number, 3, 3, 1, 2},
                               {4, 3, 5, 6, not_a_number, 7, 3, not_a_number}};
    const passes::Results results = pool<Backend, 19>(image);
    for (const double value : results.output) CHECK(std::isnan(value));
    CHECK(one_channel<19>(results.input_gradient) ==
          std::vector<double>{1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4});
}

TEST_CASE_TEMPLATE("MaxPool<2> of infinities is an infinity", Backend, tr::Cpu<>, tr::Reference<double>) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const float image[2][4] = {{-infinity, -infinity, 1, 2}, {-infinity, -infinity, infinity, 3}};
    const passes::Results results = pool<Backend, 19>(image);
    CHECK(one_channel<19>(results.output) ==
          std::vector<double>{-static_cast<double>(infinity), static_cast<double>(infinity)});
    CHECK(one_channel<19>(results.input_gradient) == std::vector<double>{1, 0, 0, 0, 0, 0, 2, 0});
}
