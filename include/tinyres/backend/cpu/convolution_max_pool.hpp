#pragma once

#include "tinyres/backend/cpu/convolution.hpp"
#include "tinyres/backend/cpu/max_pool.hpp"
#include "tinyres/plan/composed.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A convolution with the pooling behind it. Where the algorithm can, it pools each tile of outputs while it has it in
/// registers: the convolution's output, the largest activation of many a network, is then stored nowhere.
template <class T, class Arch, int Channels, Bias bias, Algorithm algorithm, int Window, class In>
struct PooledConvolutionKernel {
    using Backend = Cpu<T, Arch>;
    using Convolved = Shape<Channels, In::height, In::width>;
    using Parts = Composed<Backend, Bound<Conv3x3<Channels, bias, algorithm>, In>, Bound<MaxPool<Window>, Convolved>>;
    using Convolution = typename Parts::First;
    using Pooling = typename Parts::Second;
    static constexpr bool pools_tiles = Convolution::Forward::template pools<Window>;

    using InputGradient = typename Convolution::InputGradient;
    template <class Images>
    static constexpr bool reads = Convolution::template reads<Images>;
    template <class Sums>
    static constexpr std::size_t sums_bytes(std::size_t count) {
        return Convolution::template sums_bytes<Sums>(count);
    }

    // Scratch for each image: what is pooled, unless it is in registers only, and its gradient.
    static constexpr std::size_t convolved_bytes = sizeof(T) * Convolved::size;
    static constexpr KernelNeeds own{.leaves_moments = pools_tiles && Convolution::needs.leaves_moments,
                                     .forward_scratch_per_image = pools_tiles ? 0 : convolved_bytes,
                                     .backward_scratch_per_image = convolved_bytes};
    static constexpr KernelNeeds needs = Parts::needs_with(own);

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) { forward_from(cpu, pass, pass.input); }

    /// As the convolution's.
    template <class Images>
    static void forward_from(const Backend& cpu, const ForwardPass<float, T>& pass, const Images& images) {
        if constexpr (pools_tiles) {
            std::byte* const places = pass.training ? pass.saved : nullptr;
            Convolution::template forward_to<Window>(cpu, Parts::first(own, pass), images, [&](auto sums) {
                using Pooled = typename Convolution::Forward::template PooledOutputs<Window, decltype(sums)>;
                return Pooled{pass.output, places, sums};
            });
        } else {
            ForwardPass<float, T> convolution = Parts::first(own, pass);
            ForwardPass<float, T> pooling = Parts::second(own, pass);
            convolution.output = reinterpret_cast<T*>(pass.image_scratch);
            convolution.output_moments = nullptr;
            pooling.input = convolution.output;
            Convolution::forward_from(cpu, convolution, images);
            Pooling::forward(cpu, pooling);
        }
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        weight_gradient(cpu, pass, pass.input);
        if (pass.input_gradient) input_gradient(cpu, pass, NoSums{});
    }

    /// As the convolution's. Comes first, because it leaves the gradient in front of the pooling to the other part.
    template <class Images>
    static void weight_gradient(const Backend& cpu, const BackwardPass<float, T>& pass, const Images& images) {
        BackwardPass<float, T> pooling = Parts::second(own, pass);
        pooling.input_gradient = reinterpret_cast<T*>(pass.image_scratch);
        Pooling::backward(cpu, pooling);
        Convolution::weight_gradient(cpu, of_convolution(pass), images);
    }

    /// As the convolution's.
    template <class Sums>
    static void input_gradient(const Backend& cpu, const BackwardPass<float, T>& pass, const Sums& sums) {
        Convolution::input_gradient(cpu, of_convolution(pass), sums);
    }

private:
    static BackwardPass<float, T> of_convolution(const BackwardPass<float, T>& pass) {
        BackwardPass<float, T> convolution = Parts::first(own, pass);
        convolution.output_gradient = reinterpret_cast<const T*>(pass.image_scratch);
        return convolution;
    }
};

} // namespace cpu

template <class T, class Arch, int Channels, Bias bias, Algorithm algorithm, int Window, class In>
requires window_divides<Window, In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<Conv3x3<Channels, bias, algorithm>, MaxPool<Window>>, In>>
    : cpu::PooledConvolutionKernel<T, Arch, Channels, bias, algorithm, Window, In> {
};

} // namespace TINYRES_ARCH
} // namespace tinyres
