#pragma once

#include "tinyres/backend/cuda/convolution.hpp"
#include "tinyres/backend/cuda/weight_gradient.hpp"
#include "tinyres/layers/convolution.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// 3x3 convolution; its filters are packed anew in each pass. `Algorithm::fastest` and `direct` are the same here.
template <class T, int Channels, Bias bias, Algorithm algorithm, class In>
struct Conv3x3Kernel {
    using Forward = Convolution<T, In::height, In::width, In::channels, Channels>;
    using InputGradient = Convolution<T, In::height, In::width, Channels, In::channels>;
    using WeightGradient = cuda::WeightGradient<T, In::height, In::width, In::channels, Channels, bias == Bias::yes>;

    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .scratch_shared =
            (std::max)({Forward::scratch_bytes, InputGradient::scratch_bytes, WeightGradient::scratch_bytes})};

    /// Of how many pixels of the output forward can give the moments.
    static constexpr int moments_rows = Forward::block_pixels;

    /// `moments` (Channels, parts of `moments_rows` pixels), unless null, become those of the output.
    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass, PartMoments* moments = nullptr) {
        Forward::run(cuda, pass.batch, pass.input, pass.parameters, false, bias_of(pass), pass.output, pass.scratch,
                     nullptr, moments);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        weight_gradient(cuda, pass);
        if (pass.input_gradient) input_gradient(cuda, pass);
    }

    // The two halves of backward.
    static void weight_gradient(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        WeightGradient::run(cuda, pass.batch, pass.input, pass.output_gradient, pass.parameter_gradients, pass.scratch);
    }
    static void input_gradient(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        InputGradient::run(cuda, pass.batch, pass.output_gradient, pass.parameters, true, nullptr, pass.input_gradient,
                           pass.scratch);
    }

    /// Of the weights (3, 3, In, Channels); the bias (Channels) follows.
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{9} * In::channels * Channels;

    /// The bias, or null.
    static const float* bias_of(const ForwardPass<float, T>& pass) {
        return bias == Bias::yes ? pass.parameters + weight_count : nullptr;
    }
};

} // namespace cuda

template <class T, int Channels, Bias bias, Algorithm algorithm, class In>
struct Kernel<Cuda<T>, Bound<Conv3x3<Channels, bias, algorithm>, In>>
    : cuda::Conv3x3Kernel<T, Channels, bias, algorithm, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
