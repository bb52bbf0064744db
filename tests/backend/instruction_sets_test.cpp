#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <string>

namespace tr = tinyres;

namespace {

/// Layers on the instruction set `Arch` against double precision.
template <class Backend>
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference, passes::Pass<Backend> cpu,
           int batch) {
    const passes::Operands operands = passes::random_operands(signature, batch);
    const passes::Results expected = reference(tr::Reference<double>{}, operands);
    const passes::Results found = cpu(Backend{2}, operands);
    const passes::Errors errors = passes::errors_of(found, expected, signature);
    CAPTURE(signature.in.channels);
    CHECK(errors.output < 3e-6);
    CHECK(errors.input_gradient < 3e-6);
    CHECK(errors.parameter_gradients < 2e-5);
    CHECK(errors.statistics < 2e-7);
    CHECK(passes::same(found, cpu(Backend{3}, operands)));
}

template <class Arch, class In, class... Layers>
void check(int batch) {
    check<tr::Cpu<float, Arch>>(passes::signature_of<In, Layers...>(), passes::run<In, Layers...>,
                                passes::run<In, Layers...>, batch);
}

template <class Arch>
void check_nan() {
    using In = tr::Shape<21, 2, 2>; // registers and a rest for up to 16 lanes
    passes::Operands operands = passes::random_operands<In, tr::MaxPool<2>>(1);
    std::fill(operands.input.begin(), operands.input.begin() + 21, std::numeric_limits<float>::quiet_NaN());
    const auto all_nan = [](const std::vector<double>& values, std::size_t count) {
        return std::all_of(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count),
                           [](double value) { return std::isnan(value); });
    };
    const tr::Cpu<float, Arch> cpu{1};
    CHECK(all_nan(passes::run<In, tr::MaxPool<2>>(cpu, operands).output, 21));
    operands.output_gradient.resize(84);
    const passes::Results relu = passes::run<In, tr::ReLU>(cpu, operands);
    CHECK(all_nan(relu.output, 21));
    CHECK(!all_nan(relu.output, 22));
}

template <class Arch>
void check_all() {
    check<Arch, tr::Shape<33, 6, 6>, tr::Conv3x3<40>>(3);
    check<Arch, tr::Shape<5, 7, 3>, tr::Conv3x3<17, tr::Bias::no>, tr::BatchNorm>(3);
    check<Arch, tr::Shape<37, 4, 4>, tr::BatchNorm, tr::Dropout2d<30>>(5);
    check<Arch, tr::Shape<42, 4, 6>, tr::GroupNorm<3>, tr::MaxPool<2>, tr::ReLU>(5);
    check<Arch, tr::Shape<37>, tr::Linear<10>, tr::LogSoftmax>(5);
    check_nan<Arch>();
}

} // namespace

TEST_CASE_TEMPLATE("one program holds the kernels of several instruction sets, and all agree with double precision",
                   Arch, xsimd::default_arch, xsimd::fma3<xsimd::avx2>, xsimd::sse2) {
    if constexpr (Arch::supported())
        check_all<Arch>();
    else
        MESSAGE("not compiled in: " << std::string(Arch::name())); // doctest prints a plain char* as an address
}
