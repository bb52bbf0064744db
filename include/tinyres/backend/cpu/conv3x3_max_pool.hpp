#pragma once

#include "tinyres/backend/cpu/conv3x3.hpp"
#include "tinyres/backend/cpu/max_pool.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// A convolution with the pooling behind it. Where the algorithm can, it pools each tile of outputs while it has it in
/// registers: the convolution's output, the largest activation of many a network, is then stored nowhere.
template <class T, class Arch, int Channels, Bias bias, Algorithm algorithm, int Window, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<Conv3x3<Channels, bias, algorithm>, MaxPool<Window>>, In>> {
    using Backend = Cpu<T, Arch>;
    using Convolved = Shape<Channels, In::height, In::width>;
    using Convolution = Kernel<Backend, Bound<Conv3x3<Channels, bias, algorithm>, In>>;
    using Pooling = Kernel<Backend, Bound<MaxPool<Window>, Convolved>>;
    static constexpr bool pools_tiles = Convolution::Forward::template pools<Window>;

    using InputGradient = typename Convolution::InputGradient;
    template <class Images>
    static constexpr bool reads = Convolution::template reads<Images>;
    template <class Sums>
    static constexpr std::size_t sums_bytes(std::size_t count) {
        return Convolution::template sums_bytes<Sums>(count);
    }

    static constexpr KernelNeeds needs = [] {
        KernelNeeds both = Convolution::needs;
        both.saved_per_image = Pooling::needs.saved_per_image;
        if (!pools_tiles) {
            both.leaves_moments = false;
            both.forward_scratch_per_image = sizeof(T) * Convolved::size;
        }
        both.backward_scratch_per_image = sizeof(T) * Convolved::size;
        return both;
    }();

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) { forward_from(cpu, pass, pass.input); }

    /// As the convolution's.
    template <class Images>
    static void forward_from(const Backend& cpu, const ForwardPass<float, T>& pass, const Images& images) {
        if constexpr (pools_tiles) {
            std::byte* const places = pass.training ? pass.saved : nullptr;
            Convolution::template forward_to<Window>(cpu, pass, images, [&](auto sums) {
                using Pooled = typename Convolution::Forward::template PooledOutputs<Window, decltype(sums)>;
                return Pooled{pass.output, places, sums};
            });
        } else {
            ForwardPass<float, T> convolution = pass;
            convolution.output = reinterpret_cast<T*>(pass.image_scratch);
            Convolution::forward_from(cpu, convolution, images);
            ForwardPass<float, T> pooling = pass;
            pooling.input = convolution.output;
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
        BackwardPass<float, T> pooling = pass;
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
    static BackwardPass<float, T> of_convolution(BackwardPass<float, T> pass) {
        pass.output_gradient = reinterpret_cast<const T*>(pass.image_scratch);
        return pass;
    }
};

} // namespace tinyres::inline TINYRES_ARCH
