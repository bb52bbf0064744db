#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;

namespace {

using Drop = tr::Dropout2d<30>;

/// What the reference computes by itself and the processor as one operation.
template <class... Layers>
struct Together {
    using Operation = tr::Fused<Layers...>;
};
template <class Layer>
struct Together<Layer> {
    using Operation = Layer;
};

using Reference = tr::Reference<double>;

/// A ReLU whose input is almost zero may pass it in one precision and stop it in the other: such an output gets no
/// gradient, so that both give none.
void quieten_kinks(passes::Pass<Reference> norm, passes::Operands& operands) {
    const std::vector<double> before = norm(Reference{}, operands).output;
    for (std::size_t i = 0; i < before.size(); ++i)
        if (std::abs(before[i]) < 1e-4) operands.output_gradient[i] = 0.0f;
}

/// One operation on the processor against the layers one after the other in double precision, and the same bits for any
/// number of threads. `norm` is the first of several layers.
void check(const passes::Signature& signature, passes::Pass<Reference> norm, passes::Pass<Reference> reference,
           passes::Pass<tr::Cpu<>> cpu, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::random_operands(signature, batch);
        if (norm != reference) quieten_kinks(norm, operands);
        for (const bool training : {true, false}) {
            CAPTURE(training);
            operands.training = training;
            const passes::Results expected = reference(Reference{}, operands);
            const passes::Results found = cpu(tr::Cpu<>{1}, operands);
            const passes::Errors errors = passes::errors_of(found, expected, signature);
            CHECK(errors.output < 3e-6);
            CHECK(errors.input_gradient < 3e-6);
            CHECK(errors.parameter_gradients < 2e-5); // a sum over both signs loses some digits
            CHECK(errors.statistics < 2e-7);
            for (const int threads : {2, 3, 5}) CHECK(passes::same(found, cpu(tr::Cpu<>{threads}, operands)));
        }
    }
}

template <class In, class Norm, class... Rest>
void check(std::initializer_list<int> batches) {
    using Operation = typename Together<Norm, Rest...>::Operation;
    check(passes::signature_of<In, Norm, Rest...>(), passes::run<In, Norm>, passes::run<In, Norm, Rest...>,
          passes::run<In, Operation>, batches);
}

template <class In, class Norm>
void check_alone_and_fused(std::initializer_list<int> batches) {
    check<In, Norm>(batches);
    check<In, Norm, tr::ReLU>(batches);
    check<In, Norm, tr::ReLU, Drop>(batches);
}

} // namespace

TEST_CASE("BatchNorm, alone and with ReLU and Dropout2d, agrees with double precision") {
    check_alone_and_fused<tr::Shape<1, 5, 9>, tr::BatchNorm>({1, 3, 336});
    check_alone_and_fused<tr::Shape<17, 8, 4>, tr::BatchNorm>({1, 3, 65});
    check_alone_and_fused<tr::Shape<100, 4, 4>, tr::BatchNorm>({1, 3});
    check<tr::Shape<5, 1, 7>, tr::BatchNorm>({1, 3, 336});
    check<tr::Shape<64, 6, 6>, tr::BatchNorm, tr::ReLU>({1, 3});
    check<tr::Shape<3, 32, 32>, tr::BatchNorm>({1, 3});
}

TEST_CASE("GroupNorm and LayerNorm, alone and with ReLU and Dropout2d, agree with double precision") {
    check_alone_and_fused<tr::Shape<5, 5, 9>, tr::LayerNorm>({1, 3, 336});
    check_alone_and_fused<tr::Shape<40, 8, 4>, tr::GroupNorm<4>>({1, 3, 65});
    check<tr::Shape<33, 4, 4>, tr::GroupNorm<11>, tr::ReLU>({1, 3});
    check<tr::Shape<17, 1, 7>, tr::GroupNorm<17>>({1, 3});
    check<tr::Shape<100, 6, 6>, tr::GroupNorm<2>, tr::ReLU, Drop>({1, 3});
    check<tr::Shape<3, 32, 32>, tr::LayerNorm>({1, 3});
}

TEST_CASE_TEMPLATE("BatchNorm records mean and unbiased variance of the batch with momentum 0.1", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    using In = tr::Shape<17, 2, 3>;
    const passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(7);
    const passes::Results results = passes::run<In, tr::BatchNorm>(Backend{}, operands);
    constexpr int count = 7 * In::pixels;
    for (std::size_t c = 0; c < 17; ++c) {
        double mean = 0.0;
        double variance = 0.0;
        for (std::size_t i = c; i < operands.input.size(); i += 17) mean += static_cast<double>(operands.input[i]);
        mean /= count;
        for (std::size_t i = c; i < operands.input.size(); i += 17)
            variance += std::pow(static_cast<double>(operands.input[i]) - mean, 2);
        variance /= count - 1;
        const double old_mean = static_cast<double>(operands.statistics[c]);
        const double old_variance = static_cast<double>(operands.statistics[17 + c]);
        CHECK(results.statistics[c] == doctest::Approx(0.9 * old_mean + 0.1 * mean).epsilon(1e-6));
        CHECK(results.statistics[17 + c] == doctest::Approx(0.9 * old_variance + 0.1 * variance).epsilon(1e-6));
    }
}

TEST_CASE_TEMPLATE("BatchNorm predicts by its recorded statistics and leaves them", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    using In = tr::Shape<5, 2, 3>;
    passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(4);
    operands.training = false;
    const passes::Results results = passes::run<In, tr::BatchNorm>(Backend{}, operands);
    for (std::size_t i = 0; i < operands.input.size(); ++i) {
        const std::size_t c = i % 5;
        const auto of = [&](const std::vector<float>& values, std::size_t at) {
            return static_cast<double>(values[at]);
        };
        const double normalized =
            (of(operands.input, i) - of(operands.statistics, c)) / std::sqrt(of(operands.statistics, 5 + c) + 1e-5);
        const double expected = normalized * of(operands.parameters, c) + of(operands.parameters, 5 + c);
        CHECK(results.output[i] == doctest::Approx(expected).epsilon(1e-5));
    }
    CHECK(passes::same(results.statistics, {operands.statistics.begin(), operands.statistics.end()}));
}

TEST_CASE_TEMPLATE("BatchNorm of a single value gives its bias, no gradient and no NaN", Backend, tr::Cpu<>,
                   tr::Reference<double>) {
    using In = tr::Shape<5, 1, 1>;
    const passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(1);
    const passes::Results results = passes::run<In, tr::BatchNorm>(Backend{}, operands);
    for (std::size_t c = 0; c < 5; ++c) {
        // x and the mean are equal up to roundings, which are divided by sqrt(epsilon).
        CHECK(std::abs(results.output[c] - static_cast<double>(operands.parameters[5 + c])) < 1e-4);
        CHECK(std::abs(results.input_gradient[c]) < 1e-4);
        CHECK(results.statistics[5 + c] == doctest::Approx(0.9 * static_cast<double>(operands.statistics[5 + c])));
    }
}

TEST_CASE_TEMPLATE("a mean a thousand times the deviation costs three digits, not all", Norm, tr::BatchNorm,
                   tr::GroupNorm<4>) {
    using In = tr::Shape<20, 8, 8>;
    passes::Operands operands = passes::random_operands<In, Norm>(16);
    for (float& value : operands.input) value = 100.0f + 0.17f * value; // deviation 0.1
    const passes::Results expected = passes::run<In, Norm>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<In, Norm>(tr::Cpu<>{2}, operands);
    const passes::Errors errors = passes::errors_of<In, Norm>(found, expected);
    CHECK(errors.output < 2e-4);
    CHECK(errors.input_gradient < 2e-5);
    CHECK(errors.parameter_gradients < 2e-4);
    CHECK(errors.statistics < 2e-7);
}

TEST_CASE("a NaN in one channel or group stays there") {
    using In = tr::Shape<20, 4, 4>;
    passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(2);
    operands.input[20 * 7 + 6] = std::numeric_limits<float>::quiet_NaN(); // first image, channel 6
    const auto check_nan = [&](const std::vector<double>& output, auto reached) {
        for (int i = 0; i < 2 * In::size; ++i)
            CHECK(std::isnan(output[static_cast<std::size_t>(i)]) == reached(i / In::size, i % 20));
    };
    using Whole = tr::Fused<tr::BatchNorm, tr::ReLU>;
    using Grouped = tr::Fused<tr::GroupNorm<4>, tr::ReLU>;
    check_nan(passes::run<In, Whole>(tr::Cpu<>{2}, operands).output, [](int, int c) { return c == 6; });
    check_nan(passes::run<In, Grouped>(tr::Cpu<>{2}, operands).output,
              [](int n, int c) { return n == 0 && c / 5 == 1; });
    const tr::Reference<double> reference;
    check_nan(passes::run<In, tr::BatchNorm, tr::ReLU>(reference, operands).output, [](int, int c) { return c == 6; });
    check_nan(passes::run<In, tr::GroupNorm<4>, tr::ReLU>(reference, operands).output,
              [](int n, int c) { return n == 0 && c / 5 == 1; });
}
