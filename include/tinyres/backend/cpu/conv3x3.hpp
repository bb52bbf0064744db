#pragma once

#include "tinyres/backend/cpu/amx/convolution.hpp"
#include "tinyres/backend/cpu/amx/weight_gradient.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/direct_convolution.hpp"
#include "tinyres/backend/cpu/direct_weight_gradient.hpp"
#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/winograd/convolution.hpp"
#include "tinyres/backend/cpu/winograd/weight_gradient.hpp"
#include "tinyres/layers/conv3x3.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// The algorithms that run a convolution's three passes on the processor. The kernel below only knows these names and
/// their contract (`packed_bytes`, `scratch_bytes`, `scratch_bytes_per_thread`, `pools`, `pack`, `run`, and
/// `PooledOutputs` where it `pools`); another algorithm for some shapes is a specialisation of this choice.
template <class Arch, class T, class In, int Channels, Algorithm algorithm>
struct ConvolutionAlgorithms {
private:
    static constexpr int height = In::height;
    static constexpr int width = In::width;
    // Winograd's 4x4 tiles pay where they lie on the image for the most part, and where transforming a patch is little
    // against multiplying it with all filters.
    static constexpr bool winograd =
        algorithm == Algorithm::fastest && In::channels >= 16 && Channels >= 16 &&
        2 * height * width > WinogradTiles<T, height, width, 1>::per_image* Winograd::pixels;

public:
    using Forward = std::conditional_t<winograd, WinogradConvolution<Arch, T, height, width, In::channels, Channels>,
                                       DirectConvolution<Arch, T, height, width, In::channels, Channels>>;
    using InputGradient =
        std::conditional_t<winograd, WinogradConvolution<Arch, T, height, width, Channels, In::channels>,
                           DirectConvolution<Arch, T, height, width, Channels, In::channels>>;
    using WeightGradient =
        std::conditional_t<winograd, WinogradWeightGradient<Arch, T, height, width, In::channels, Channels>,
                           DirectWeightGradient<Arch, T, height, width, In::channels, Channels>>;
};

#if TINYRES_AMX
/// Mixed precision on a matrix unit: so much faster than anything else that no other algorithm pays.
template <class Arch, class In, int Channels>
requires has_matrix_unit<Arch>
struct ConvolutionAlgorithms<Arch, bfloat16, In, Channels, Algorithm::fastest> {
    using Forward = AmxConvolution<AmxTiles, Arch, In::height, In::width, In::channels, Channels>;
    using InputGradient = AmxConvolution<AmxTiles, Arch, In::height, In::width, Channels, In::channels>;
    using WeightGradient = AmxWeightGradient<AmxTiles, Arch, In::height, In::width, In::channels, Channels>;
};
#endif

/// 3x3 convolution by `Algorithms`; the filters are packed anew in each pass.
template <class Backend, class T, class Algorithms, int Channels, Bias bias, class In>
struct ConvolutionKernel {
    using Forward = typename Algorithms::Forward;
    using InputGradient = typename Algorithms::InputGradient;
    using WeightGradient = typename Algorithms::WeightGradient;

    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .scratch_shared = std::max({Forward::packed_bytes, InputGradient::packed_bytes, WeightGradient::scratch_bytes}),
        .scratch_per_thread = std::max({Forward::scratch_bytes_per_thread, InputGradient::scratch_bytes_per_thread,
                                        WeightGradient::scratch_bytes_per_thread})};

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) { forward_to(cpu, pass, pass.output); }

    /// Forward to what the algorithm can store its output to instead.
    template <class Output>
    static void forward_to(const Backend& cpu, const ForwardPass<float, T>& pass, Output output) {
        const Filters filters{pass.parameters, tap_size, Channels, 1};
        Forward::pack(cpu.threads(), filters, bias == Bias::yes ? pass.parameters + weight_count : nullptr,
                      pass.scratch);
        Forward::run(cpu.threads(), pass.batch, pass.input, pass.scratch, output, pass.scratch + Forward::packed_bytes);
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        WeightGradient::run(cpu.threads(), pass.batch, pass.input, pass.output_gradient, pass.parameter_gradients,
                            bias == Bias::yes ? pass.parameter_gradients + weight_count : nullptr, pass.scratch);
        if (pass.input_gradient) input_gradient(cpu, pass);
    }

    /// The part of backward that the layer in front waits for.
    static void input_gradient(const Backend& cpu, const BackwardPass<float, T>& pass) {
        // The gradient goes back through the filters turned around, from the outputs to the inputs.
        const Filters turned{pass.parameters + 8 * tap_size, -tap_size, 1, Channels};
        InputGradient::pack(cpu.threads(), turned, nullptr, pass.scratch);
        InputGradient::run(cpu.threads(), pass.batch, pass.output_gradient, pass.scratch, pass.input_gradient,
                           pass.scratch + InputGradient::packed_bytes);
    }

private:
    static constexpr std::ptrdiff_t tap_size = std::ptrdiff_t{In::channels} * Channels;
    static constexpr std::ptrdiff_t weight_count = 9 * tap_size;
};

template <class T, class Arch, int Channels, Bias bias, Algorithm algorithm, class In>
struct Kernel<Cpu<T, Arch>, Bound<Conv3x3<Channels, bias, algorithm>, In>>
    : ConvolutionKernel<Cpu<T, Arch>, T, ConvolutionAlgorithms<Arch, T, In, Channels, algorithm>, Channels, bias, In> {
};

} // namespace tinyres::inline TINYRES_ARCH
