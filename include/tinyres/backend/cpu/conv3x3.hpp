#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/direct_convolution.hpp"
#include "tinyres/backend/cpu/direct_weight_gradient.hpp"
#include "tinyres/backend/cpu/winograd/convolution.hpp"
#include "tinyres/backend/cpu/winograd/weight_gradient.hpp"
#include "tinyres/layers/conv3x3.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// The algorithms that run a convolution's three passes on the processor. The kernel below only knows these names and
/// their contract (`packed_size`, `scratch_size`, `scratch_size_per_thread`, `pack`, `run`); another algorithm for some
/// shapes is a specialisation of this choice.
template <class Arch, class In, int Channels>
struct ConvolutionAlgorithms {
private:
    static constexpr int height = In::height;
    static constexpr int width = In::width;
    // Winograd's 4x4 tiles pay where they lie on the image for the most part, and where transforming a patch is little
    // against multiplying it with all filters.
    static constexpr bool winograd = In::channels >= 16 && Channels >= 16 &&
                                     2 * height * width >
                                         (WinogradTiles<height, width, 1>::per_image) * Winograd::pixels;

public:
    using Forward = std::conditional_t<winograd, WinogradConvolution<Arch, height, width, In::channels, Channels>,
                                       DirectConvolution<Arch, height, width, In::channels, Channels>>;
    using InputGradient = std::conditional_t<winograd, WinogradConvolution<Arch, height, width, Channels, In::channels>,
                                             DirectConvolution<Arch, height, width, Channels, In::channels>>;
    using WeightGradient =
        std::conditional_t<winograd, WinogradWeightGradient<Arch, height, width, In::channels, Channels>,
                           DirectWeightGradient<Arch, height, width, In::channels, Channels>>;
};

/// 3x3 convolution in float; the filters are packed anew in each pass.
template <class Arch, int Channels, Bias bias, class In>
struct Kernel<Cpu<float, Arch>, Bound<Conv3x3<Channels, bias>, In>> {
    using Algorithms = ConvolutionAlgorithms<Arch, In, Channels>;
    using Forward = typename Algorithms::Forward;
    using InputGradient = typename Algorithms::InputGradient;
    using WeightGradient = typename Algorithms::WeightGradient;

    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .scratch_shared =
            sizeof(float) * std::max({Forward::packed_size, InputGradient::packed_size, WeightGradient::scratch_size}),
        .scratch_per_thread =
            sizeof(float) * std::max({Forward::scratch_size_per_thread, InputGradient::scratch_size_per_thread,
                                      WeightGradient::scratch_size_per_thread})};

    static void forward(const Cpu<float, Arch>& cpu, const ForwardPass<float, float>& pass) {
        float* const packed = reinterpret_cast<float*>(pass.scratch);
        const auto weight = [weights = pass.parameters](int tap, int in, int out) {
            return weights[(std::ptrdiff_t{tap} * In::channels + in) * Channels + out];
        };
        Forward::pack(cpu.threads(), weight, bias == Bias::yes ? pass.parameters + weight_count : nullptr, packed);
        Forward::run(cpu.threads(), pass.batch, pass.input, packed, pass.output, packed + Forward::packed_size);
    }

    static void backward(const Cpu<float, Arch>& cpu, const BackwardPass<float, float>& pass) {
        float* const scratch = reinterpret_cast<float*>(pass.scratch);
        WeightGradient::run(cpu.threads(), pass.batch, pass.input, pass.output_gradient, pass.parameter_gradients,
                            bias == Bias::yes ? pass.parameter_gradients + weight_count : nullptr, scratch);
        if (!pass.input_gradient) return;
        // The gradient goes back through the filters turned around, from the outputs to the inputs.
        const auto turned = [weights = pass.parameters](int tap, int out, int in) {
            return weights[(std::ptrdiff_t{8 - tap} * In::channels + in) * Channels + out];
        };
        InputGradient::pack(cpu.threads(), turned, nullptr, scratch);
        InputGradient::run(cpu.threads(), pass.batch, pass.output_gradient, scratch, pass.input_gradient,
                           scratch + InputGradient::packed_size);
    }

private:
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{9} * In::channels * Channels;
};

} // namespace tinyres::inline TINYRES_ARCH
