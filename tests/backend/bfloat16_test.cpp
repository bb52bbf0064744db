#include "backend/passes.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <string>

namespace tr = tinyres;

namespace {

using Mixed = tr::Cpu<tr::bfloat16>;

/// Relative errors that a kernel may make: of what it stores, of gradients of parameters, which stay float.
struct Bounds {
    double stored = 3e-3; // one rounding to 8 bits is 2^-9 at most, in the mean some 1.7e-3
    double parameters = 3e-3;
};
constexpr Bounds rounded_filters{.stored = 5e-3};              // filters are rounded too where a matrix unit multiplies
constexpr Bounds winograd{.stored = 3e-2, .parameters = 3e-2}; // of the worst channel; 1e-2 in the mean

/// Layers in mixed precision against double, from images that bfloat16 holds exactly; the same bits for any number of
/// threads.
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference, passes::Pass<Mixed> mixed,
           std::initializer_list<int> batches, Bounds bounds) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands(signature, batch));
        for (const bool training : {true, false}) {
            CAPTURE(training);
            operands.training = training;
            const passes::Results expected = reference(tr::Reference<double>{}, operands);
            const passes::Results found = mixed(Mixed{1}, operands);
            const passes::Errors errors = passes::errors_of(found, expected, signature);
            CHECK(errors.output < bounds.stored);
            CHECK(errors.input_gradient < bounds.stored);
            CHECK(errors.parameter_gradients < bounds.parameters);
            CHECK(errors.statistics < 2e-7);
            for (const int threads : {2, 3, 5}) CHECK(passes::same(found, mixed(Mixed{threads}, operands)));
        }
    }
}

template <class In, class Operation, class... Layers>
void check(std::initializer_list<int> batches, Bounds bounds = {}) {
    check(passes::signature_of<In, Layers...>(), passes::run<In, Layers...>, passes::run<In, Operation>, batches,
          bounds);
}

template <class In, class Layer>
void check_layer(std::initializer_list<int> batches, Bounds bounds = {}) {
    check<In, Layer, Layer>(batches, bounds);
}

/// Registers of `Arch` round as the scalar type does, for numbers of all sizes, NaNs and infinities.
template <class Arch>
void check_registers() {
    using V = tr::cpu::Lanes<Arch>;
    constexpr auto lanes = static_cast<std::uint32_t>(tr::cpu::lane_count<V>);
    int different = 0;
    for (std::uint32_t first = 0; first < 0xFFFF'0000u; first += lanes * 4099) {
        float values[lanes];
        tr::bfloat16 rounded[lanes], pairs[2 * lanes];
        for (std::uint32_t i = 0; i < lanes; ++i) {
            values[i] = std::bit_cast<float>(first + i * 4099);
            // AVX512_BF16 takes subnormal numbers for zeros.
            if (std::abs(values[i]) < std::numeric_limits<float>::min()) values[i] = 0.0f;
        }
        tr::cpu::store(tr::cpu::load<V>(values), rounded);
        tr::cpu::store_interleaved(tr::cpu::load<V>(values), tr::cpu::load<V>(rounded), pairs);
        for (std::uint32_t i = 0; i < lanes; ++i) {
            const std::uint16_t expected = tr::bfloat16(values[i]).bits;
            different += rounded[i].bits == expected && pairs[2 * i].bits == expected ? 0 : 1;
            different += pairs[2 * i + 1].bits == expected ? 0 : 1;
        }
    }
    CHECK(different == 0);
}

} // namespace

TEST_CASE("a float is rounded to the nearest bfloat16, ties to even; a NaN stays one") {
    const auto bits = [](float value) { return tr::bfloat16(value).bits; };
    CHECK(bits(1.0f) == 0x3F80);
    CHECK(bits(-2.0f) == 0xC000);
    CHECK(bits(1.0f + 0x1p-8f) == 0x3F80);            // half way: to the even one below
    CHECK(bits(1.0f + 0x3p-8f) == 0x3F82);            // half way: to the even one above
    CHECK(bits(1.0f + 0x1p-8f + 0x1p-20f) == 0x3F81); // above half way
    CHECK(bits(std::numeric_limits<float>::max()) == 0x7F80);
    CHECK(bits(-std::numeric_limits<float>::infinity()) == 0xFF80);
    CHECK(std::isnan(float{tr::bfloat16(std::bit_cast<float>(0x7F80'0001u))}));
    CHECK(std::isnan(float{tr::bfloat16(std::bit_cast<float>(0xFFFF'FFFFu))}));
    CHECK(float{tr::bfloat16::from_bits(0x3FC0)} == 1.5f);
}

TEST_CASE_TEMPLATE("registers round to bfloat16 as single numbers do", Arch, xsimd::default_arch,
                   xsimd::fma3<xsimd::avx2>, xsimd::sse2) {
    if constexpr (Arch::supported())
        check_registers<Arch>();
    else
        MESSAGE("not compiled in: " << std::string(Arch::name())); // doctest prints a plain char* as an address
}

TEST_CASE("Conv3x3 in mixed precision is near double precision, by whichever algorithm the processor runs fastest") {
    check_layer<tr::Shape<3, 32, 32>, tr::Conv3x3<64>>({1, 3}, rounded_filters);
    check_layer<tr::Shape<5, 7, 3>, tr::Conv3x3<17, tr::Bias::no>>({1, 3}, rounded_filters);
    check_layer<tr::Shape<33, 6, 6>, tr::Conv3x3<17>>({1, 3, 21}, winograd);
    check_layer<tr::Shape<64, 4, 4>, tr::Conv3x3<100, tr::Bias::no>>({1, 3, 17}, winograd);
    check_layer<tr::Shape<128, 16, 16>, tr::Conv3x3<128>>({9}, winograd);
    check_layer<tr::Shape<251, 4, 5>, tr::Conv3x3<270>>({65}, winograd);
}

TEST_CASE("Conv3x3 in mixed precision multiplies floats where it is told to compute directly") {
    check_layer<tr::Shape<64, 8, 8>, tr::Conv3x3<48, tr::Bias::yes, tr::Algorithm::direct>>({1, 3});
}

TEST_CASE("normalizations in mixed precision are near double precision, alone and fused") {
    using Drop = tr::Dropout2d<30>;
    check_layer<tr::Shape<17, 8, 4>, tr::BatchNorm>({1, 3, 65});
    check_layer<tr::Shape<40, 8, 4>, tr::GroupNorm<4>>({1, 3, 65});
    check_layer<tr::Shape<5, 5, 9>, tr::LayerNorm>({3});
    check<tr::Shape<100, 4, 4>, tr::Fused<tr::BatchNorm, tr::ReLU, Drop>, tr::BatchNorm, tr::ReLU, Drop>({3});
    check<tr::Shape<42, 4, 4>, tr::Fused<tr::GroupNorm<3>, tr::ReLU, Drop>, tr::GroupNorm<3>, tr::ReLU, Drop>({3});
}

TEST_CASE("pooling, ReLU, Dropout2d and Flatten in mixed precision only round what they store") {
    check_layer<tr::Shape<37, 4, 6>, tr::MaxPool<2>>({1, 5});
    check_layer<tr::Shape<37, 4, 6>, tr::ReLU>({1, 5});
    check_layer<tr::Shape<37, 4, 6>, tr::Dropout2d<30>>({1, 5});
    check_layer<tr::Shape<37, 4, 6>, tr::Flatten>({1, 5});
    check_layer<tr::Shape<37, 1, 1>, tr::Flatten>({1, 5});
}

TEST_CASE("vectors are float in mixed precision too") {
    constexpr Bounds exact{.stored = 3e-6, .parameters = 3e-6};
    check_layer<tr::Shape<129>, tr::Linear<10>>({1, 65}, exact);
    check_layer<tr::Shape<10>, tr::LogSoftmax>({1, 65}, exact);
    check_layer<tr::Shape<10>, tr::ReLU>({1, 65}, exact);
}
