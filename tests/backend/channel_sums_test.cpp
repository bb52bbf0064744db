#include "backend/passes.hpp"
#include "backend/plain_tiles.hpp"
#include "tinyres/backend/cpu/batch_norm.hpp"
#include "tinyres/backend/cpu/convolution.hpp"

#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

using Arch = xsimd::default_arch;

/// A convolution's forward pass by `Algorithm` from In to Channels channels: what it stores, and beside it whatever the
/// test asks of its outputs.
template <class Algorithm, class T, class In, int Channels>
class Convolution {
public:
    static constexpr int threads = 3;
    using Host = tr::Cpu<T>;

    explicit Convolution(int batch, float bias = 0.0f)
        : batch_(batch), operands_(passes::random_operands<In, tr::Conv3x3<Channels>>(batch)) {
        for (int c = 0; c < Channels; ++c) operands_.parameters[weight_count + static_cast<std::size_t>(c)] += bias;
        images_.fill(operands_.input);
    }

    template <class Outputs>
    void run(const Outputs& outputs) {
        run(static_cast<const T*>(images_.data()), outputs);
    }
    template <class Images, class Outputs>
    void run(const Images& images, const Outputs& outputs) {
        const float* const weights = operands_.parameters.data();
        const tr::cpu::Filters filters{weights, std::ptrdiff_t{In::channels} * Channels, Channels, 1,
                                       weights + weight_count};
        Algorithm::run(threads, batch_, images, filters, outputs, scratch_.data());
    }

    T* images() { return images_.data(); }
    std::size_t outputs() const { return static_cast<std::size_t>(batch_) * In::pixels * Channels; }

private:
    static constexpr std::size_t weight_count = std::size_t{9} * In::channels * Channels;
    int batch_;
    passes::Operands operands_;
    passes::Array<Host, T> images_{static_cast<std::size_t>(batch_) * In::size};
    passes::Array<Host, std::byte> scratch_{Algorithm::scratch_bytes + threads * Algorithm::scratch_bytes_per_thread};
};

/// Moments that the convolution takes, of its outputs or of their maxima in windows of Window x Window, against those
/// of what it stored.
template <class Algorithm, class T, class In, int Channels, int Window>
void check_moments(int batch, float bias) {
    CAPTURE(In::channels);
    CAPTURE(batch);
    Convolution<Algorithm, T, In, Channels> convolution(batch, bias);
    using Host = tr::Cpu<T>;
    const std::size_t count = convolution.outputs() / (Window * Window);
    const passes::Array<Host, T> stored(count), stored_alone(count);
    const passes::Array<Host, std::byte> places(count);
    const auto parts = static_cast<std::size_t>(Algorithm::parts(batch));
    CHECK(parts <= static_cast<std::size_t>(batch) * Algorithm::most_parts_of_image);
    const passes::Array<Host, float> sums(parts * 3 * Channels);
    const tr::cpu::MomentSums<T> moment_sums{sums.data(), Channels};
    if constexpr (Window == 1) {
        convolution.run(typename Algorithm::template Outputs<tr::cpu::MomentSums<T>>{stored.data(), moment_sums});
        convolution.run(typename Algorithm::template Outputs<tr::cpu::NoSums>{stored_alone.data(), {}});
    } else {
        using Outputs = typename Algorithm::template PooledOutputs<Window, tr::cpu::MomentSums<T>>;
        convolution.run(Outputs{stored.data(), places.data(), moment_sums});
        using Alone = typename Algorithm::template PooledOutputs<Window, tr::cpu::NoSums>;
        convolution.run(Alone{stored_alone.data(), places.data(), {}});
    }
    CHECK(passes::same(stored.values(), stored_alone.values()));

    std::vector<double> moments(2 * Channels);
    const auto values = [&](std::ptrdiff_t part) { return Algorithm::template values_of_part<Window>(batch, part); };
    tr::cpu::moments_of_parts(sums.data(), Algorithm::parts(batch), Channels, values, moments.data());
    double all = 0.0;
    for (std::ptrdiff_t part = 0; part < Algorithm::parts(batch); ++part) all += values(part);
    CHECK(all == static_cast<double>(count / Channels));
    const std::vector<double> outputs = stored.values();
    constexpr double bound = 5e-6; // up to 512 values, added up in float about one of them
    for (std::size_t c = 0; c < Channels; ++c) {
        double mean = 0.0, variance = 0.0;
        for (std::size_t i = c; i < count; i += Channels) mean += outputs[i] / all;
        for (std::size_t i = c; i < count; i += Channels) variance += std::pow(outputs[i] - mean, 2) / all;
        const double deviation = std::sqrt(variance);
        const double rounding = bound * (deviation + std::abs(mean));
        CHECK(std::abs(moments[c] - mean) < rounding + 1e-6);
        CHECK(std::abs(moments[Channels + c] - variance) < (2 * deviation + rounding) * rounding + 1e-6);
    }
}

/// BatchNorm's sums, taken by the convolution that stores the gradient, against sums over what it stored.
template <class Algorithm, class T, class In, int Channels, class Rectify>
void check_gradient_sums(int batch, bool dropout) {
    constexpr bool rectified = !std::is_same_v<Rectify, tr::cpu::Rectifier<>>;
    CAPTURE(In::channels);
    CAPTURE(batch);
    Convolution<Algorithm, T, In, Channels> convolution(batch);
    using Host = tr::Cpu<T>;
    const passes::Array<Host, T> stored(convolution.outputs());
    const passes::Operands inputs =
        passes::random_operands<tr::Shape<Channels, In::height, In::width>, tr::BatchNorm>(batch);
    const passes::Array<Host, T> x(inputs.input);
    passes::Array<Host, float> mean(Channels), scale(Channels), shift(Channels);
    mean.fill(std::vector<float>(inputs.output_gradient.begin(), inputs.output_gradient.begin() + Channels));
    scale.fill(std::vector<float>(inputs.parameters.begin(), inputs.parameters.begin() + Channels));
    shift.fill(std::vector<float>(inputs.parameters.begin() + Channels, inputs.parameters.end()));
    std::vector<float> drawn;
    for (int i = 0; i < batch * Channels; ++i) drawn.push_back(i % 3 == 0 ? 0.0f : 1.5f);
    const passes::Array<Host, float> factors(drawn);
    const passes::Array<Host, float> sums(static_cast<std::size_t>(Algorithm::parts(batch)) * 2 * Channels);
    using Sums = tr::cpu::GradientSums<T, Rectify>;
    const float* const factor = dropout ? factors.data() : nullptr;
    convolution.run(typename Algorithm::template Outputs<Sums>{
        stored.data(), Sums{x.data(), mean.data(), scale.data(), shift.data(), factor, sums.data(), Channels}});
    std::vector<double> totals(2 * Channels);
    tr::cpu::add_parts(sums.data(), Algorithm::parts(batch), Channels, totals.data());

    const std::vector<double> dy = stored.values();
    const std::vector<double> values = x.values();
    constexpr double bound = 1e-6;
    for (std::size_t c = 0; c < Channels; ++c) {
        double sum = 0.0, product = 0.0, size = 1.0;
        for (std::size_t i = c; i < dy.size(); i += Channels) {
            const std::size_t image = i / (std::size_t{In::pixels} * Channels);
            const auto value = static_cast<float>(values[i]);
            // As the kernel decides: a value near the kink must fall on the same side.
            if (rectified && !(std::fma(value, scale.data()[c], shift.data()[c]) > 0.0f)) continue;
            const double dz = dy[i] * (dropout ? static_cast<double>(drawn[image * Channels + c]) : 1.0);
            sum += dz;
            product += dz * (values[i] - static_cast<double>(mean.data()[c]));
            size += std::abs(dz);
        }
        CHECK(std::abs(totals[c] - sum) < bound * size);
        CHECK(std::abs(totals[Channels + c] - product) < 2 * bound * size);
    }
}

template <class T, class In, int Channels>
using Winograd = tr::cpu::WinogradConvolution<Arch, T, In::height, In::width, In::channels, Channels>;
template <class In, int Channels>
using OnPlainTiles = tr::cpu::AmxConvolution<PlainTiles, Arch, In::height, In::width, In::channels, Channels>;

template <class T, class In, int Channels>
void check_winograd(int batch) {
    check_moments<Winograd<T, In, Channels>, T, In, Channels, 1>(batch, 0.0f);
    check_moments<Winograd<T, In, Channels>, T, In, Channels, 2>(batch, 100.0f);
    check_gradient_sums<Winograd<T, In, Channels>, T, In, Channels, tr::cpu::Rectifier<tr::ReLU>>(batch, true);
    check_gradient_sums<Winograd<T, In, Channels>, T, In, Channels, tr::cpu::Rectifier<>>(batch, false);
}

template <class In, int Channels>
void check_on_tiles(int batch) {
    using T = tr::bfloat16;
    check_moments<OnPlainTiles<In, Channels>, T, In, Channels, 1>(batch, 0.0f);
    check_moments<OnPlainTiles<In, Channels>, T, In, Channels, 2>(batch, 4.0f);
    check_gradient_sums<OnPlainTiles<In, Channels>, T, In, Channels, tr::cpu::Rectifier<tr::ReLU>>(batch, true);
    check_gradient_sums<OnPlainTiles<In, Channels>, T, In, Channels, tr::cpu::Rectifier<>>(batch, false);
}

/// A convolution that normalizes what it reads, and its weight gradient, against the same of what had been normalized
/// and stored.
template <class Algorithm, class WeightGradient, class T, class In, int channels>
void check_reads_normalized(int batch) {
    using Host = tr::Cpu<T>;
    static_assert(Algorithm::template reads<tr::cpu::NormalizedImages<T, tr::cpu::Rectifier<tr::ReLU>>> &&
                  WeightGradient::template reads<tr::cpu::NormalizedImages<T, tr::cpu::Rectifier<tr::ReLU>>>);
    Convolution<Algorithm, T, In, channels> convolution(batch);
    const passes::Operands operands = passes::random_operands<In, tr::BatchNorm>(batch);
    const float* const scale = operands.parameters.data();
    std::vector<float> factors;
    for (int i = 0; i < batch * In::channels; ++i) factors.push_back(i % 5 == 0 ? 0.0f : 1.25f);
    const passes::Array<Host, T> dy(std::vector<float>(
        operands.output_gradient.begin(), operands.output_gradient.begin() + batch * In::pixels * channels));
    const auto check = [&]<class Rectify>(Rectify, const float* of_images) {
        const tr::cpu::NormalizedImages<T, Rectify> normalized{convolution.images(), scale, scale + In::channels,
                                                               of_images, In::channels};
        const passes::Array<Host, T> stored(static_cast<std::size_t>(batch) * In::size);
        constexpr tr::cpu::ChannelPasses<Arch, T, Rectify> image_passes{In::channels, In::pixels};
        for (std::ptrdiff_t image = 0; image < batch; ++image)
            image_passes.normalize(convolution.images() + image * In::size, scale, scale + In::channels,
                                   of_images ? of_images + image * In::channels : nullptr,
                                   stored.data() + image * In::size);
        const auto outputs_from = [&](const auto& images) {
            const passes::Array<Host, T> outputs(convolution.outputs());
            convolution.run(images, typename Algorithm::template Outputs<tr::cpu::NoSums>{outputs.data(), {}});
            return outputs.values();
        };
        CHECK(passes::same(outputs_from(normalized), outputs_from(static_cast<const T*>(stored.data()))));
        const auto gradients_from = [&](const auto& images) {
            const passes::Array<Host, float> gradients(std::size_t{9} * In::channels * channels);
            const passes::Array<Host, std::byte> scratch(WeightGradient::scratch_bytes +
                                                         3 * WeightGradient::scratch_bytes_per_thread);
            WeightGradient::run(3, batch, images, dy.data(), gradients.data(), nullptr, scratch.data());
            return gradients.values();
        };
        CHECK(passes::same(gradients_from(normalized), gradients_from(static_cast<const T*>(stored.data()))));
    };
    check(tr::cpu::Rectifier<tr::ReLU>{}, factors.data());
    check(tr::cpu::Rectifier<tr::ReLU6>{}, nullptr);
    check(tr::cpu::Rectifier<>{}, nullptr);
}

template <class T, class In, int channels>
void check_general_reads_normalized(int batch) {
    using Product = tr::cpu::ForwardProduct<tr::Conv3x3<channels>, In>;
    check_reads_normalized<tr::cpu::GeneralConvolution<Arch, T, Product>,
                           tr::cpu::GeneralWeightGradient<Arch, T, Product>, T, In, channels>(batch);
}

} // namespace

TEST_CASE_TEMPLATE("Winograd's convolution sums over the channels of what it stores", T, float, tr::bfloat16) {
    check_winograd<T, tr::Shape<16, 8, 8>, 48>(1);
    check_winograd<T, tr::Shape<16, 8, 8>, 48>(13);
    check_winograd<T, tr::Shape<20, 6, 10>, 17>(7); // tiles beyond the edge, parts across images
    check_winograd<T, tr::Shape<16, 20, 12>, 20>(3);
    check_winograd<T, tr::Shape<16, 24, 20>, 16>(1); // several parts an image
    check_winograd<T, tr::Shape<16, 24, 20>, 16>(3);
    check_winograd<T, tr::Shape<256, 8, 2>, 260>(130); // by groups of output channels, for 260 tiles in turns of 256
    check_moments<Winograd<T, tr::Shape<16, 8, 8>, 16>, T, tr::Shape<16, 8, 8>, 16, 4>(13, 0.0f);
}

TEST_CASE("a convolution on a matrix unit sums over the channels of what it stores, the unit written as loops") {
    check_on_tiles<tr::Shape<3, 4, 4>, 33>(1);
    check_on_tiles<tr::Shape<3, 4, 4>, 33>(19);
    check_on_tiles<tr::Shape<33, 6, 10>, 16>(7);
    check_moments<OnPlainTiles<tr::Shape<5, 8, 4>, 16>, tr::bfloat16, tr::Shape<5, 8, 4>, 16, 4>(9, 0.0f);
}

TEST_CASE("a convolution on a matrix unit normalizes what it reads as if that had been stored") {
    using In = tr::Shape<64, 6, 10>;
    using Gradient = tr::cpu::AmxWeightGradient<PlainTiles, Arch, In::height, In::width, In::channels, 20>;
    check_reads_normalized<OnPlainTiles<In, 20>, Gradient, tr::bfloat16, In, 20>(7);
}

TEST_CASE_TEMPLATE("a general convolution normalizes what it reads as if that had been stored", T, float,
                   tr::bfloat16) {
    check_general_reads_normalized<T, tr::Shape<21, 7, 5>, 18>(5);
    check_general_reads_normalized<T, tr::Shape<130, 6, 9>, 35>(4); // by chunks of the input channels
    check_general_reads_normalized<T, tr::Shape<24, 60, 40>, 8>(2); // by bands of rows
}
