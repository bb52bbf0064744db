#include "backend/passes.hpp"
#include "backend/plain_tiles.hpp"
#include "tinyres/backend/cpu/amx/convolution.hpp"
#include "tinyres/backend/cpu/amx/weight_gradient.hpp"
#include "tinyres/backend/cpu/convolution_max_pool.hpp"
#include "tinyres/backend/reference/kernels.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

/// A backend whose convolutions run on `Tiles`.
template <class Tiles>
struct OnTiles {
    using Scalar = float;
    using Storage = tr::bfloat16;
    tr::Cpu<tr::bfloat16> cpu;
    int threads() const { return cpu.threads(); }
};

} // namespace

namespace tinyres {
inline namespace TINYRES_ARCH {

template <class Tiles, int Channels, class In>
struct TileAlgorithms {
    using Arch = xsimd::default_arch;
    using Forward = cpu::AmxConvolution<Tiles, Arch, In::height, In::width, In::channels, Channels>;
    using InputGradient = cpu::AmxConvolution<Tiles, Arch, In::height, In::width, Channels, In::channels>;
    using WeightGradient = cpu::AmxWeightGradient<Tiles, Arch, In::height, In::width, In::channels, Channels>;
};

template <class Tiles, int Channels, Bias bias, class In>
struct Kernel<OnTiles<Tiles>, Bound<Conv3x3<Channels, bias>, In>>
    : cpu::ConvolutionKernel<OnTiles<Tiles>, bfloat16, TileAlgorithms<Tiles, Channels, In>, Conv3x3<Channels, bias>,
                             In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres

namespace {

/// Convolutions of numbers that bfloat16 holds exactly, filters too: only the images that come out are rounded, once.
template <class Backend>
void check(const passes::Signature& signature, passes::Pass<tr::Reference<double>> reference,
           passes::Pass<Backend> on_tiles, std::initializer_list<int> batches) {
    for (const int batch : batches) {
        CAPTURE(batch);
        CAPTURE(signature.in.channels);
        CAPTURE(signature.out.channels);
        passes::Operands operands = passes::rounded_to_bfloat16(passes::random_operands(signature, batch));
        for (float& parameter : operands.parameters) parameter = tr::bfloat16(parameter);
        const passes::Results expected = reference(tr::Reference<double>{}, operands);
        const auto run = [&](int threads) { return on_tiles(Backend{tr::Cpu<tr::bfloat16>{threads}}, operands); };
        const passes::Results found = run(1);
        const passes::Errors errors = passes::errors_of(found, expected, signature);
        CHECK(errors.output < 3e-3);
        CHECK(errors.input_gradient < 3e-3);
        CHECK(errors.parameter_gradients < 3e-6);
        for (const int threads : {2, 3, 5}) CHECK(passes::same(found, run(threads)));
    }
}

template <class Tiles, class In, int Channels, tr::Bias bias = tr::Bias::yes>
void check(std::initializer_list<int> batches) {
    using Layer = tr::Conv3x3<Channels, bias>;
    check<OnTiles<Tiles>>(passes::signature_of<In, Layer>(), passes::run<In, Layer>, passes::run<In, Layer>, batches);
}

/// What is pooled while it is stored against the same outputs stored whole: the same bits, at the places that are kept.
template <class Tiles, class In, int Channels, int Window>
void check_pooling(int batch) {
    CAPTURE(In::channels);
    CAPTURE(Channels);
    using Backend = OnTiles<Tiles>;
    using Convolution =
        tr::cpu::AmxConvolution<Tiles, xsimd::default_arch, In::height, In::width, In::channels, Channels>;
    static_assert(Convolution::template pools<Window>);
    constexpr int across = In::width / Window;
    constexpr int threads = 3;
    const auto operands = passes::rounded_to_bfloat16(passes::random_operands<In, tr::Conv3x3<Channels>>(batch));
    const auto images = static_cast<std::size_t>(batch);
    constexpr std::size_t outputs = std::size_t{In::pixels} * Channels;
    const passes::Array<Backend, tr::bfloat16> input(operands.input);
    const passes::Array<Backend, tr::bfloat16> whole(images * outputs);
    const passes::Array<Backend, tr::bfloat16> pooled(images * outputs / (Window * Window));
    const passes::Array<Backend, std::byte> places(images * outputs / (Window * Window));
    const passes::Array<Backend, std::byte> scratch(Convolution::scratch_bytes +
                                                    threads * Convolution::scratch_bytes_per_thread);
    const float* const weights = operands.parameters.data();
    constexpr std::ptrdiff_t tap_size = std::ptrdiff_t{In::channels} * Channels;
    const tr::cpu::Filters filters{weights, tap_size, Channels, 1, weights + 9 * tap_size};
    const typename Convolution::template Outputs<tr::cpu::NoSums> stored{whole.data(), {}};
    Convolution::run(threads, batch, input.data(), filters, stored, scratch.data());
    const typename Convolution::template PooledOutputs<Window, tr::cpu::NoSums> maxima{
        pooled.data(), places.data(), {}};
    Convolution::run(threads, batch, input.data(), filters, maxima, scratch.data());

    int wrong = 0;
    for (int output = 0; output < batch * In::pixels / (Window * Window); ++output)
        for (int c = 0; c < Channels; ++c) {
            const auto element = [&](int place) -> float {
                const int row = output / across * Window + place / Window; // of all images, one below the other
                const int column = output % across * Window + place % Window;
                return whole.data()[(row * In::width + column) * Channels + c];
            };
            float maximum = element(0);
            for (int place = 1; place < Window * Window; ++place) maximum = std::max(maximum, element(place));
            const int at = output * Channels + c;
            const auto place = std::to_integer<int>(places.data()[at]);
            const bool right = pooled.data()[at] == maximum && place < Window * Window && element(place) == maximum;
            wrong += right ? 0 : 1;
        }
    CHECK(wrong == 0);
}

template <class Tiles>
void check_all() {
    check<Tiles, tr::Shape<1, 1, 1>, 1>({1, 3});
    check<Tiles, tr::Shape<3, 6, 2>, 33>({1, 35});
    check<Tiles, tr::Shape<5, 3, 1>, 17, tr::Bias::no>({1, 33});
    check<Tiles, tr::Shape<33, 5, 10>, 40>({1, 7});
    check<Tiles, tr::Shape<16, 2, 33>, 16>({1, 9});
    check<Tiles, tr::Shape<32, 4, 4>, 64>({1, 19});
    check<Tiles, tr::Shape<48, 8, 8>, 48>({5});
    check<Tiles, tr::Shape<3, 32, 32>, 32>({3});
    check_pooling<Tiles, tr::Shape<5, 6, 10>, 40, 2>(7);
    check_pooling<Tiles, tr::Shape<33, 3, 9>, 17, 3>(5);
    check_pooling<Tiles, tr::Shape<3, 8, 4>, 1, 4>(9);
}

} // namespace

TEST_CASE("convolutions on a matrix unit agree with double precision, the unit written as loops") {
    check_all<PlainTiles>();
}

#if TINYRES_AMX
TEST_CASE("convolutions on AMX agree with double precision") {
    check_all<tr::cpu::AmxTiles>();
    check<tr::cpu::AmxTiles, tr::Shape<64, 32, 32>, 128>({2, 5});
    check<tr::cpu::AmxTiles, tr::Shape<128, 16, 16>, 128>({17});
    check<tr::cpu::AmxTiles, tr::Shape<256, 4, 4>, 512>({131});
}
#endif

TEST_CASE("groups of images leave little of a block of places over") {
    CHECK(tr::cpu::ImageGroups<4, 4>::images == 8);
    CHECK(tr::cpu::ImageGroups<8, 8>::images == 4);
    CHECK(tr::cpu::ImageGroups<16, 16>::images == 2);
    CHECK(tr::cpu::ImageGroups<32, 32>::images == 2);
    CHECK(tr::cpu::ImageGroups<224, 224>::images == 2);
    CHECK(tr::cpu::ImageGroups<10, 10>::images == 6); // 60 of 64
    CHECK(tr::cpu::ImageGroups<1, 1>::images == 30);  // 30 of 32
}
