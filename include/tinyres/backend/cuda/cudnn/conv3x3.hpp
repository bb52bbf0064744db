#pragma once

// Needs cuDNN 9.

#include "tinyres/backend/cuda/cudnn/conv3x3_kernels.hpp"
#include "tinyres/backend/cuda/cudnn/cuda_with_cudnn.hpp"
#include "tinyres/backend/cuda/sum_rows.hpp"
#include "tinyres/layers/convolution.hpp"
#include "tinyres/plan/memory.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// 3x3 convolution by cuDNN, which wants its filters (Out, 3, 3, In) and in mixed precision rounds the gradient of the
/// weights to bfloat16. The bias and its gradient are Cuda's own. `Algorithm` does not matter.
template <class T, int Channels, Bias bias, Algorithm algorithm, class In>
struct CudnnConv3x3Kernel {
    using Backend = CudaWithCudnn<T>;
    using Tile = ChannelTile<T, Channels>;
    static constexpr int taps = 9 * In::channels;
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{taps} * Channels;
    static constexpr std::size_t filter_bytes = cache_lines(sizeof(T) * weight_count);
    static constexpr int most_parts = (std::max)(528 / Tile::blocks_across, 1);
    static constexpr std::size_t bias_bytes = bias == Bias::yes ? sizeof(float) * Channels * most_parts : 0;

    // Scratch: filters or their gradient; then cuDNN's workspace or parts of the bias's gradient.
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .scratch_shared =
                                           filter_bytes + (std::max)(CudnnConvolution::workspace_bytes, bias_bytes)};

    static void forward(const Backend& cuda, const ForwardPass<float, T>& pass) {
        transpose(cuda, taps, Channels, pass.parameters, filters(pass));
        cuda.with_convolution(shape(pass.batch), [&](cudnnHandle_t handle, const CudnnConvolution& convolution) {
            convolution.forward(handle, pass.input, filters(pass), pass.output, rest(pass));
        });
        if constexpr (bias == Bias::yes) {
            constexpr int rows_a_block = 8 * Tile::down;
            const int rows = pass.batch * In::pixels;
            launch(cuda, "add_bias", {.blocks = dim3(blocks_for(rows, rows_a_block), Tile::blocks_across)},
                   add_bias_kernel<T, Channels>, rows, rows_a_block, pass.parameters + weight_count, pass.output);
        }
    }

    static void backward(const Backend& cuda, const BackwardPass<float, T>& pass) {
        weight_gradient(cuda, pass);
        if (pass.input_gradient) input_gradient(cuda, pass);
    }

    // The two halves of backward.
    static void weight_gradient(const Backend& cuda, const BackwardPass<float, T>& pass) {
        cuda.with_convolution(shape(pass.batch), [&](cudnnHandle_t handle, const CudnnConvolution& convolution) {
            convolution.weight_gradient(handle, pass.input, pass.output_gradient, filters(pass), rest(pass));
        });
        transpose(cuda, Channels, taps, filters(pass), pass.parameter_gradients);
        if constexpr (bias == Bias::yes) bias_gradient(cuda, pass);
    }
    static void input_gradient(const Backend& cuda, const BackwardPass<float, T>& pass) {
        transpose(cuda, taps, Channels, pass.parameters, filters(pass));
        cuda.with_convolution(shape(pass.batch), [&](cudnnHandle_t handle, const CudnnConvolution& convolution) {
            convolution.input_gradient(handle, filters(pass), pass.output_gradient, pass.input_gradient, rest(pass));
        });
    }

private:
    static constexpr CudnnConvolution::Shape shape(int batch) {
        return {batch, In::height, In::width, In::channels, Channels};
    }
    template <class Pass>
    static T* filters(const Pass& pass) {
        return reinterpret_cast<T*>(pass.scratch);
    }
    template <class Pass>
    static std::byte* rest(const Pass& pass) {
        return pass.scratch + filter_bytes;
    }

    static void bias_gradient(const Backend& cuda, const BackwardPass<float, T>& pass) {
        const int rows = pass.batch * In::pixels;
        const int rows_a_block =
            Tile::down * static_cast<int>(blocks_for(rows, std::ptrdiff_t{most_parts} * Tile::down));
        const unsigned parts = blocks_for(rows, rows_a_block);
        auto* const partial = reinterpret_cast<float*>(rest(pass));
        launch(cuda, "bias_gradient",
               {.blocks = dim3(parts, Tile::blocks_across), .shared_bytes = sizeof(ChannelSums<Tile>)},
               bias_gradient_kernel<T, Channels>, rows, rows_a_block, pass.output_gradient, partial);
        sum_rows(cuda, Channels, static_cast<int>(parts), partial, pass.parameter_gradients + weight_count);
    }
};

} // namespace cuda

template <class T, int Channels, Bias bias, Algorithm algorithm, class In>
struct Kernel<CudaWithCudnn<T>, Bound<Conv3x3<Channels, bias, algorithm>, In>>
    : cuda::CudnnConv3x3Kernel<T, Channels, bias, algorithm, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
