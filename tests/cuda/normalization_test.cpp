#include "cuda/managed_memory.hpp"
#include "cuda_shim/settings.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <tinyres/backend/cuda/batch_norm.hpp>
#include <tinyres/backend/cuda/dropout2d.hpp>
#include <tinyres/backend/cuda/group_norm.hpp>
#include <tinyres/backend/reference/kernels.hpp>

namespace {

namespace tr = tinyres;

using Drop = tr::Dropout2d<30>;

/// What the reference computes by itself and the GPU as one operation.
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

/// One operation on the GPU against the layers one after the other in double precision, and the same bits in every
/// order of its threads. `norm` is the first of several layers.
template <class T>
void check(const passes::Signature& signature, passes::Pass<Reference> norm, passes::Pass<Reference> reference,
           passes::Pass<tr::Cuda<T>> cuda, std::initializer_list<int> batches) {
    constexpr bool single = std::is_same_v<T, float>;
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::random_operands(signature, batch);
        if (!single) operands = passes::rounded_to_bfloat16(std::move(operands));
        if (norm != reference) quieten_kinks(norm, operands);
        for (const bool training : {true, false}) {
            CAPTURE(training);
            operands.training = training;
            const passes::Results expected = reference(Reference{}, operands);
            const passes::Results found = cuda(tr::Cuda<T>{}, operands);
            const passes::Errors errors = passes::errors_of(found, expected, signature);
            CHECK(errors.output < (single ? 3e-6 : 3e-3));
            CHECK(errors.input_gradient < (single ? 3e-6 : 3e-3));
            CHECK(errors.parameter_gradients < 2e-5); // float in both; a sum over both signs loses some digits
            CHECK(errors.statistics < 2e-7);
            cuda_shim::in_every_order([&] { CHECK(passes::same(found, cuda(tr::Cuda<T>{}, operands))); });
        }
    }
}

template <class T, class In, class Norm, class... Rest>
void check(std::initializer_list<int> batches) {
    using Operation = typename Together<Norm, Rest...>::Operation;
    check<T>(passes::signature_of<In, Norm, Rest...>(), passes::run<In, Norm>, passes::run<In, Norm, Rest...>,
             passes::run<In, Operation>, batches);
}

template <class T, class In, class Norm>
void check_alone_and_fused(std::initializer_list<int> batches) {
    check<T, In, Norm>(batches);
    check<T, In, Norm, tr::ReLU>(batches);
    check<T, In, Norm, tr::ReLU, Drop>(batches);
}

} // namespace

TEST_CASE_TEMPLATE("BatchNorm on the GPU, alone and with ReLU and Dropout2d, agrees with double precision", T, float,
                   tr::bfloat16) {
    check_alone_and_fused<T, tr::Shape<3, 8, 8>, tr::BatchNorm>({1, 3, 65});
    check_alone_and_fused<T, tr::Shape<17, 8, 4>, tr::BatchNorm>({1, 3, 65});
    check_alone_and_fused<T, tr::Shape<42, 4, 4>, tr::BatchNorm>({3, 65});
    check_alone_and_fused<T, tr::Shape<64, 8, 4>, tr::BatchNorm>({1, 3, 65});
}

TEST_CASE_TEMPLATE("GroupNorm and LayerNorm on the GPU, alone and with ReLU and Dropout2d, agree with double precision",
                   T, float, tr::bfloat16) {
    check_alone_and_fused<T, tr::Shape<3, 8, 8>, tr::LayerNorm>({1, 3});
    check_alone_and_fused<T, tr::Shape<17, 8, 4>, tr::GroupNorm<17>>({1, 3});
    check_alone_and_fused<T, tr::Shape<42, 4, 4>, tr::GroupNorm<7>>({3, 65});
    check_alone_and_fused<T, tr::Shape<64, 8, 4>, tr::GroupNorm<4>>({1, 3, 65});
}

TEST_CASE_TEMPLATE(
    "images of all shapes are normalized: wide, large, of one pixel, of more channels than a block takes", T, float,
    tr::bfloat16) {
    check<T, tr::Shape<1, 5, 9>, tr::BatchNorm>({336});
    check<T, tr::Shape<8, 37, 41>, tr::BatchNorm, tr::ReLU, Drop>({7}); // several rows a thread, several parts
    check<T, tr::Shape<5, 1, 1>, tr::BatchNorm>({65});
    check<T, tr::Shape<300, 6, 6>, tr::BatchNorm, tr::ReLU, Drop>({3});
    check<T, tr::Shape<264, 6, 6>, tr::GroupNorm<11>, tr::ReLU, Drop>({3});
    check<T, tr::Shape<2048, 3, 3>, tr::LayerNorm, tr::ReLU>({2}); // more shared memory than a block has without asking
}

TEST_CASE_TEMPLATE("normalizations on the GPU give the parameters' gradients where no input wants one", Norm,
                   tr::BatchNorm, tr::GroupNorm<4>) {
    using In = tr::Shape<40, 4, 4>;
    passes::Operands operands = passes::random_operands<In, Norm>(5);
    const passes::Results expected = passes::run<In, Norm>(tr::Cuda<>{}, operands);
    operands.wants_input_gradient = false;
    const passes::Results found = passes::run<In, Norm>(tr::Cuda<>{}, operands);
    CHECK(passes::same(found.parameter_gradients, expected.parameter_gradients));
    CHECK(passes::same(found.output, expected.output));
}

TEST_CASE_TEMPLATE("BatchNorm on the GPU predicts by its recorded statistics and leaves them", T, float, tr::bfloat16) {
    using In = tr::Shape<17, 2, 3>;
    passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(4);
    operands.training = false;
    const passes::Results results = passes::run<In, tr::BatchNorm>(tr::Cuda<T>{}, operands);
    CHECK(passes::same(results.statistics, {operands.statistics.begin(), operands.statistics.end()}));
}

TEST_CASE("BatchNorm of a single value gives its bias, no gradient and no NaN on the GPU") {
    using In = tr::Shape<5, 1, 1>;
    const passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(1);
    const passes::Results results = passes::run<In, tr::BatchNorm>(tr::Cuda<>{}, operands);
    for (std::size_t c = 0; c < 5; ++c) {
        // x and the mean are equal up to roundings, which are divided by sqrt(epsilon).
        CHECK(std::abs(results.output[c] - static_cast<double>(operands.parameters[5 + c])) < 1e-4);
        CHECK(std::abs(results.input_gradient[c]) < 1e-4);
        CHECK(results.statistics[5 + c] == doctest::Approx(0.9 * static_cast<double>(operands.statistics[5 + c])));
    }
}

TEST_CASE_TEMPLATE("a mean a thousand times the deviation costs three digits, not all, on the GPU too", Norm,
                   tr::BatchNorm, tr::GroupNorm<4>) {
    using In = tr::Shape<20, 8, 8>;
    passes::Operands operands = passes::random_operands<In, Norm>(16);
    for (float& value : operands.input) value = 100.0f + 0.17f * value; // deviation 0.1
    const passes::Results expected = passes::run<In, Norm>(tr::Reference<double>{}, operands);
    const passes::Results found = passes::run<In, Norm>(tr::Cuda<>{}, operands);
    const passes::Errors errors = passes::errors_of<In, Norm>(found, expected);
    CHECK(errors.output < 2e-4);
    CHECK(errors.input_gradient < 2e-5);
    CHECK(errors.parameter_gradients < 2e-4);
    CHECK(errors.statistics < 2e-7);
}

TEST_CASE_TEMPLATE("a NaN in one channel or group stays there on the GPU, also behind ReLU and Dropout2d", T, float,
                   tr::bfloat16) {
    using In = tr::Shape<20, 4, 4>;
    passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(2);
    operands.input[20 * 7 + 6] = std::numeric_limits<float>::quiet_NaN(); // first image, channel 6
    const auto check_nan = [&](const std::vector<double>& output, auto reached) {
        int wrong = 0;
        for (int i = 0; i < 2 * In::size; ++i)
            wrong += std::isnan(output[static_cast<std::size_t>(i)]) == reached(i / In::size, i % 20) ? 0 : 1;
        CHECK(wrong == 0);
    };
    using Whole = tr::Fused<tr::BatchNorm, tr::ReLU, tr::Dropout2d<90>>; // a dropped NaN is one, too
    using Grouped = tr::Fused<tr::GroupNorm<4>, tr::ReLU>;
    check_nan(passes::run<In, Whole>(tr::Cuda<T>{}, operands).output, [](int, int c) { return c == 6; });
    check_nan(passes::run<In, Grouped>(tr::Cuda<T>{}, operands).output,
              [](int n, int c) { return n == 0 && c / 5 == 1; });
}
