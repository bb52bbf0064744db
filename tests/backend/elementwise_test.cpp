#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;

namespace {

template <class In, class Layer>
void check_same(int batch, bool training = true) {
    CAPTURE(batch);
    passes::Operands operands = passes::random_operands<In, Layer>(batch);
    operands.training = training;
    const passes::Results expected = passes::run<In, Layer>(tr::Reference<float>{}, operands);
    for (const int threads : {1, 2, 3, 5})
        CHECK(passes::same(passes::run<In, Layer>(tr::Cpu<>{threads}, operands), expected));
}

/// The factors that Dropout2d gives to ones, (images, channels), each checked to be the same for all pixels.
template <class In, class Layer, class Backend>
std::vector<double> dropout_factors(const Backend& backend, int batch, tr::RandomKey key) {
    passes::Operands operands = passes::random_operands<In, Layer>(batch);
    std::fill(operands.input.begin(), operands.input.end(), 1.0f);
    operands.random = key;
    const std::vector<double> output = passes::run<In, Layer>(backend, operands).output;
    std::vector<double> factors;
    int different = 0;
    for (int n = 0; n < batch; ++n)
        for (int c = 0; c < In::channels; ++c) {
            const auto at = [&](int pixel) {
                return output[static_cast<std::size_t>((n * In::pixels + pixel) * In::channels + c)];
            };
            factors.push_back(at(0));
            for (int pixel = 1; pixel < In::pixels; ++pixel) different += at(pixel) == at(0) ? 0 : 1;
        }
    CHECK(different == 0);
    return factors;
}

} // namespace

TEST_CASE("ReLU is the same on both backends") {
    for (const int batch : {1, 3, 336}) check_same<tr::Shape<5, 5, 9>, tr::ReLU>(batch);
    check_same<tr::Shape<7>, tr::ReLU>(3);
    check_same<tr::Shape<1, 1, 1>, tr::ReLU>(1);
    check_same<tr::Shape<64, 4, 4>, tr::ReLU>(3, false);
}

TEST_CASE_TEMPLATE("ReLU stops what is not positive, its gradient at 0 included, and lets a NaN pass", Backend,
                   tr::Cpu<>, tr::Reference<double>) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const float values[] = {-1.0f, 0.0f, -0.0f, 2.0f, -infinity, infinity, nan, 1e-40f, -1e-40f};
    const std::vector<double> outputs{
        0, 0, 0, 2, 0, static_cast<double>(infinity), static_cast<double>(nan), static_cast<double>(1e-40f), 0};
    const std::vector<double> gradients{0, 0, 0, 1, 0, 1, 0, 1, 0};
    // The nine values in turn, so that each stands in a register and in the rest behind the last one.
    using In = tr::Shape<1, 9, 9>;
    passes::Operands operands;
    for (int i = 0; i < 81; ++i) operands.input.push_back(values[i % 9]);
    operands.output_gradient.assign(81, 1.0f);
    const passes::Results results = passes::run<In, tr::ReLU>(Backend{}, operands);
    for (std::size_t i = 0; i < 81; ++i) {
        CAPTURE(i % 9);
        CHECK(passes::same({results.output[i]}, {outputs[i % 9]}));
        CHECK(results.input_gradient[i] == gradients[i % 9]);
    }
}

TEST_CASE("Dropout2d drops the same channels on both backends") {
    for (const int batch : {1, 3, 336}) check_same<tr::Shape<5, 3, 3>, tr::Dropout2d<30>>(batch);
    check_same<tr::Shape<17, 1, 7>, tr::Dropout2d<50>>(3);
    check_same<tr::Shape<100, 2, 2>, tr::Dropout2d<1>>(3);
    check_same<tr::Shape<33>, tr::Dropout2d<30>>(3);
    check_same<tr::Shape<5, 3, 3>, tr::Dropout2d<0>>(3);
}

TEST_CASE("Dropout2d behind a normalization drops the channels that it drops alone") {
    using In = tr::Shape<17, 4, 4>;
    using Layer = tr::Dropout2d<30>;
    const tr::RandomKey key{9, tr::Purpose::dropout, 4, 2};
    passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(21);
    operands.random = key;
    for (std::size_t c = 0; c < 17; ++c) operands.parameters[17 + c] = 100.0f; // no ReLU stops anything
    const auto factors = dropout_factors<In, Layer>(tr::Reference<double>{}, 21, key);
    const auto dropped_where_alone = [&](const std::vector<double>& output) {
        int wrong = 0;
        for (std::size_t i = 0; i < output.size(); ++i)
            wrong += (output[i] == 0.0) == (factors[i / In::size * 17 + i % 17] == 0.0) ? 0 : 1;
        return wrong == 0;
    };
    CHECK(
        dropped_where_alone(passes::run<In, tr::Fused<tr::BatchNorm, tr::ReLU, Layer>>(tr::Cpu<>{2}, operands).output));
    CHECK(
        dropped_where_alone(passes::run<In, tr::Fused<tr::LayerNorm, tr::ReLU, Layer>>(tr::Cpu<>{2}, operands).output));
}

TEST_CASE("Dropout2d keeps channels with 1 - p and scales them by 1 / (1 - p)") {
    using In = tr::Shape<100, 1, 2>;
    const auto check = [](const std::vector<double>& factors, double p) {
        CAPTURE(p);
        double kept = 0.0;
        for (const double factor : factors) {
            if (factor == 0.0) continue;
            CHECK(factor == doctest::Approx(1.0 / (1.0 - p)).epsilon(1e-6));
            kept += 1.0;
        }
        const auto count = static_cast<double>(factors.size());
        CHECK(std::abs(kept / count - (1.0 - p)) < 5 * std::sqrt(p * (1.0 - p) / count));
    };
    const tr::RandomKey key{1, tr::Purpose::dropout, 0, 0};
    check(dropout_factors<In, tr::Dropout2d<30>>(tr::Cpu<>{2}, 200, key), 0.3);
    check(dropout_factors<In, tr::Dropout2d<1>>(tr::Cpu<>{2}, 200, key), 0.01);
    check(dropout_factors<In, tr::Dropout2d<3, 4>>(tr::Cpu<>{2}, 200, key), 0.75);
}

TEST_CASE("Dropout2d drops other channels in another step, layer or run") {
    using In = tr::Shape<100, 1, 2>;
    const auto factors = [](tr::RandomKey key) { return dropout_factors<In, tr::Dropout2d<30>>(tr::Cpu<>{2}, 2, key); };
    const auto first = factors({1, tr::Purpose::dropout, 0, 0});
    CHECK(first == factors({1, tr::Purpose::dropout, 0, 0}));
    CHECK(first != factors({1, tr::Purpose::dropout, 1, 0}));
    CHECK(first != factors({1, tr::Purpose::dropout, 0, 1}));
    CHECK(first != factors({2, tr::Purpose::dropout, 0, 0}));
    CHECK(!std::equal(first.begin(), first.begin() + 100, first.begin() + 100)); // nor is it the same for all images
}

TEST_CASE_TEMPLATE("Dropout2d does nothing in prediction", Backend, tr::Cpu<>, tr::Reference<double>) {
    using In = tr::Shape<17, 2, 3>;
    passes::Operands operands = passes::random_operands<In, tr::Dropout2d<30>>(3);
    operands.training = false;
    const std::vector<double> output = passes::run<In, tr::Dropout2d<30>>(Backend{}, operands).output;
    CHECK(passes::same(output, {operands.input.begin(), operands.input.end()}));
}

TEST_CASE_TEMPLATE("Flatten puts (height, width, channels) in PyTorch's order (channels, height, width)", Backend,
                   tr::Cpu<>, tr::Reference<double>) {
    using In = tr::Shape<3, 4, 5>;
    const passes::Operands operands = passes::random_operands<In, tr::Flatten>(2);
    const passes::Results results = passes::run<In, tr::Flatten>(Backend{}, operands);
    for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t h = 0; h < 4; ++h)
            for (std::size_t w = 0; w < 5; ++w)
                for (std::size_t c = 0; c < 3; ++c) {
                    const std::size_t image = ((n * 4 + h) * 5 + w) * 3 + c;
                    const std::size_t vector = ((n * 3 + c) * 4 + h) * 5 + w;
                    CHECK(results.output[vector] == static_cast<double>(operands.input[image]));
                    CHECK(results.input_gradient[image] == static_cast<double>(operands.output_gradient[vector]));
                }
}
