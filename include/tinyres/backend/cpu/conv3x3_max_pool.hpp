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

    static constexpr KernelNeeds needs = [] {
        KernelNeeds both = Convolution::needs;
        both.saved_per_image = Pooling::needs.saved_per_image;
        both.forward_scratch_per_image = pools_tiles ? 0 : sizeof(T) * Convolved::size;
        both.backward_scratch_per_image = sizeof(T) * Convolved::size;
        return both;
    }();

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) {
        if constexpr (pools_tiles) {
            using Pooled = typename Convolution::Forward::template PooledOutputs<Window>;
            Convolution::forward_to(cpu, pass, Pooled{pass.output, pass.training ? pass.saved : nullptr});
        } else {
            T* const convolved = reinterpret_cast<T*>(pass.image_scratch);
            Convolution::forward_to(cpu, pass, convolved);
            ForwardPass<float, T> pooling = pass;
            pooling.input = convolved;
            Pooling::forward(cpu, pooling);
        }
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        T* const convolved_gradient = reinterpret_cast<T*>(pass.image_scratch);
        BackwardPass<float, T> pooling = pass;
        pooling.input_gradient = convolved_gradient;
        Pooling::backward(cpu, pooling);
        BackwardPass<float, T> convolution = pass;
        convolution.output_gradient = convolved_gradient;
        Convolution::backward(cpu, convolution);
    }
};

} // namespace tinyres::inline TINYRES_ARCH
