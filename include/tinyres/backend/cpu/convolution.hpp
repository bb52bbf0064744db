#pragma once

#include "tinyres/backend/cpu/amx/convolution.hpp"
#include "tinyres/backend/cpu/amx/weight_gradient.hpp"
#include "tinyres/backend/cpu/convolution/general.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/winograd/convolution.hpp"
#include "tinyres/layers/convolution.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The algorithms that run a convolution's three passes on the processor. The kernel below only knows these names and
/// their contract; another algorithm for some shapes is a specialization of this choice. The contract: `scratch_bytes`,
/// `scratch_bytes_per_thread`, `run`, `reads`, `Outputs`; `PooledOutputs` where it `pools`; `parts`,
/// `most_parts_of_image` and `values_of_part` where it `sums_channels`.
template <class Arch, class T, class In, class Layer>
struct ConvolutionAlgorithms;

/// Any convolution: the sum over taps as it is written down.
template <class Arch, class T, class In, int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm>
struct ConvolutionAlgorithms<Arch, T, In, Convolution<Channels, Geometry, Groups, bias, algorithm>> {
    using Layer = Convolution<Channels, Geometry, Groups, bias, algorithm>;
    using Product = ForwardProduct<Layer, In>;
    using Forward = GeneralConvolution<Arch, T, Product>;
    using InputGradient = GeneralConvolution<Arch, T, InputGradientProduct<Layer, In>>;
    using WeightGradient = GeneralWeightGradient<Arch, T, Product>;
};

/// Whether Winograd's 4x4 tiles pay: where they lie on the image for the most part, and where transforming a patch is
/// little against multiplying it with all filters.
template <class T, class In, int Channels>
inline constexpr bool winograd_pays = In::channels >= 16 && Channels >= 16 &&
                                      2 * In::pixels >
                                          WinogradTiles<>{In::height, In::width, 1}.per_image() * Winograd::pixels;

/// A 3x3 convolution for which Winograd's algorithm pays.
template <class Arch, class T, class In, int Channels, Bias bias>
requires winograd_pays<T, In, Channels>
struct ConvolutionAlgorithms<Arch, T, In, Conv3x3<Channels, bias, Algorithm::fastest>> {
    using Forward = WinogradConvolution<Arch, T, In::height, In::width, In::channels, Channels>;
    using InputGradient = WinogradConvolution<Arch, T, In::height, In::width, Channels, In::channels>;
    using WeightGradient = WinogradWeightGradient<Arch, T, In::height, In::width, In::channels, Channels>;
};

#if TINYRES_AMX
/// Mixed precision on a matrix unit: so much faster than anything else that no other algorithm pays.
template <class Arch, class In, int Channels, Bias bias>
requires has_matrix_unit<Arch>
struct ConvolutionAlgorithms<Arch, bfloat16, In, Conv3x3<Channels, bias, Algorithm::fastest>> {
    using Forward = AmxConvolution<AmxTiles, Arch, In::height, In::width, In::channels, Channels>;
    using InputGradient = AmxConvolution<AmxTiles, Arch, In::height, In::width, Channels, In::channels>;
    using WeightGradient = AmxWeightGradient<AmxTiles, Arch, In::height, In::width, In::channels, Channels>;
};
#endif

template <class Backend, class T, class Algorithms, class Layer, class In>
struct ConvolutionKernel;

/// A convolution by `Algorithms`; the filters are packed anew in each pass.
template <class Backend, class T, class Algorithms, int Channels, class Geometry, int Groups, Bias bias,
          Algorithm algorithm, class In>
struct ConvolutionKernel<Backend, T, Algorithms, Convolution<Channels, Geometry, Groups, bias, algorithm>, In> {
    using Forward = typename Algorithms::Forward;
    using InputGradient = typename Algorithms::InputGradient;
    using WeightGradient = typename Algorithms::WeightGradient;

    /// Bytes an image of `count` sums in each part of an algorithm's sums.
    template <class Sums>
    static constexpr std::size_t sums_bytes(std::size_t count) {
        if constexpr (Sums::sums_channels)
            return cache_lines(sizeof(float) * count) * Sums::most_parts_of_image;
        else
            return 0;
    }

    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .leaves_moments = Forward::sums_channels,
        .scratch_shared =
            (std::max)({Forward::scratch_bytes, InputGradient::scratch_bytes, WeightGradient::scratch_bytes}),
        .scratch_per_thread = (std::max)({Forward::scratch_bytes_per_thread, InputGradient::scratch_bytes_per_thread,
                                          WeightGradient::scratch_bytes_per_thread}),
        .forward_scratch_per_image = sums_bytes<Forward>(3 * Channels)};

    /// Whether forward and the weight gradient can read images of this type.
    template <class Images>
    static constexpr bool reads = Forward::template reads<Images>&& WeightGradient::template reads<Images>;

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) { forward_from(cpu, pass, pass.input); }

    /// Forward from `images` that the algorithm can read instead of its input.
    template <class Images>
    static void forward_from(const Backend& cpu, const ForwardPass<float, T>& pass, const Images& images) {
        forward_to<1>(cpu, pass, images, [&](auto sums) {
            return typename Forward::template Outputs<decltype(sums)>{pass.output, sums};
        });
    }

    /// Forward to what the algorithm can store its output to, `outputs_with(sums)`: windows of it, of Window x Window.
    template <int Window, class Images, class OutputsWith>
    static void forward_to(const Backend& cpu, const ForwardPass<float, T>& pass, const Images& images,
                           OutputsWith outputs_with) {
        const Filters filters{
            pass.parameters,  tap_size, Channels, 1, bias == Bias::yes ? pass.parameters + weight_count : nullptr,
            Channels / Groups};
        const auto run = [&](auto outputs) {
            Forward::run(threads(cpu, pass.batch), pass.batch, images, filters, outputs, pass.scratch);
        };
        if constexpr (Forward::sums_channels)
            if (pass.output_moments) {
                float* const parts = reinterpret_cast<float*>(pass.image_scratch);
                run(outputs_with(MomentSums<T>{parts, Channels}));
                moments_of_parts(
                    parts, Forward::parts(pass.batch), Channels,
                    [&](std::ptrdiff_t part) { return Forward::template values_of_part<Window>(pass.batch, part); },
                    pass.output_moments);
                return;
            }
        run(outputs_with(NoSums{}));
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        weight_gradient(cpu, pass, pass.input);
        if (pass.input_gradient) input_gradient(cpu, pass, NoSums{});
    }

    /// The part of backward that only the optimizer waits for; from `images` that the algorithm can read as its input.
    template <class Images>
    static void weight_gradient(const Backend& cpu, const BackwardPass<float, T>& pass, const Images& images) {
        WeightGradient::run(threads(cpu, pass.batch), pass.batch, images, pass.output_gradient,
                            pass.parameter_gradients,
                            bias == Bias::yes ? pass.parameter_gradients + weight_count : nullptr, pass.scratch);
    }

    /// The part that the layer in front waits for, with sums over what it gets.
    template <class Sums>
    static void input_gradient(const Backend& cpu, const BackwardPass<float, T>& pass, const Sums& sums) {
        // The gradient goes back through the filters turned around, from the outputs to the inputs.
        const Filters turned{
            pass.parameters + (Geometry::taps - 1) * tap_size, -tap_size, 1, Channels, nullptr, Channels / Groups};
        InputGradient::run(threads(cpu, pass.batch), pass.batch, pass.output_gradient, turned,
                           typename InputGradient::template Outputs<Sums>{pass.input_gradient, sums}, pass.scratch);
    }

private:
    static constexpr std::ptrdiff_t tap_size = std::ptrdiff_t{In::channels / Groups} * Channels;
    static constexpr std::ptrdiff_t weight_count = Geometry::taps * tap_size;
    static constexpr std::ptrdiff_t out_pixels =
        std::ptrdiff_t{Geometry::output_height(In::height)} * Geometry::output_width(In::width);

    static int threads(const Backend& cpu, int batch) {
        constexpr int lanes = 8; // that multiply at once
        return useful_threads(cpu.threads(), (batch * out_pixels / lanes + 1) * weight_count);
    }
};

} // namespace cpu

template <class T, class Arch, int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm, class In>
struct Kernel<Cpu<T, Arch>, Bound<Convolution<Channels, Geometry, Groups, bias, algorithm>, In>>
    : cpu::ConvolutionKernel<
          Cpu<T, Arch>, T,
          cpu::ConvolutionAlgorithms<Arch, T, In, Convolution<Channels, Geometry, Groups, bias, algorithm>>,
          Convolution<Channels, Geometry, Groups, bias, algorithm>, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
