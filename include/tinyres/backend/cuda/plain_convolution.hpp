#pragma once

#include "tinyres/backend/cuda/image_element.hpp"
#include "tinyres/backend/cuda/weight_gradient.hpp"
#include "tinyres/layers/convolution_sizes.hpp"
#include "tinyres/plan/kernel.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y (pixels, out channels) = x convolved with weights (kernel height, kernel width, in channels / groups, out
/// channels), then the bias, in float. A thread computes one number.
template <class T>
__global__ void __launch_bounds__(256)
    convolve_kernel(ConvolutionSizes sizes, int pixels, const T* x, const float* weights, T* y) {
    const Dims in = sizes.in;
    const Dims out = sizes.out;
    const std::ptrdiff_t place = global_thread();
    const int pixel = static_cast<int>(place / out.channels);
    if (pixel >= pixels) return;
    const int o = static_cast<int>(place % out.channels);
    const int first_input = o / sizes.group_outputs() * sizes.group_inputs();
    float sum = sizes.bias ? weights[sizes.weight_count() + o] : 0.0f;
    for (int tap = 0; tap < sizes.taps(); ++tap) {
        const int row = sizes.input_row(pixel / out.width % out.height, tap / sizes.kernel_width);
        const int column = sizes.input_column(pixel % out.width, tap % sizes.kernel_width);
        if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
        const int input_pixel = (pixel / out.pixels() * in.height + row) * in.width + column;
        const T* const inputs = x + std::ptrdiff_t{input_pixel} * in.channels + first_input;
        const float* const filter = weights + tap * sizes.group_inputs() * out.channels + o;
        for (int i = 0; i < sizes.group_inputs(); ++i) sum += static_cast<float>(inputs[i]) * filter[i * out.channels];
    }
    y[place] = static_cast<T>(sum);
}

/// The output's position along an axis that a tap takes to the input's; below 0 if there is none. `distance` is from
/// the input's position where output 0 meets it.
inline __device__ int output_position(int distance, int stride) {
    return distance >= 0 && distance % stride == 0 ? distance / stride : -1;
}

/// dx (pixels, in channels): for each input the sum over the outputs that it went into. A thread computes one number.
template <class T>
__global__ void __launch_bounds__(256)
    convolve_back_kernel(ConvolutionSizes sizes, int pixels, const T* dy, const float* weights, T* dx) {
    const Dims in = sizes.in;
    const Dims out = sizes.out;
    const std::ptrdiff_t place = global_thread();
    const int pixel = static_cast<int>(place / in.channels);
    if (pixel >= pixels) return;
    const int i = static_cast<int>(place % in.channels);
    const int first_output = i / sizes.group_inputs() * sizes.group_outputs();
    float sum = 0.0f;
    for (int tap = 0; tap < sizes.taps(); ++tap) {
        const int row = output_position(pixel / in.width % in.height - sizes.input_row(0, tap / sizes.kernel_width),
                                        sizes.stride_height);
        const int column =
            output_position(pixel % in.width - sizes.input_column(0, tap % sizes.kernel_width), sizes.stride_width);
        if (row < 0 || row >= out.height || column < 0 || column >= out.width) continue;
        const int output_pixel = (pixel / in.pixels() * out.height + row) * out.width + column;
        const T* const gradients = dy + std::ptrdiff_t{output_pixel} * out.channels + first_output;
        const float* const filter =
            weights + (tap * sizes.group_inputs() + i % sizes.group_inputs()) * out.channels + first_output;
        for (int o = 0; o < sizes.group_outputs(); ++o) sum += static_cast<float>(gradients[o]) * filter[o];
    }
    dx[place] = static_cast<T>(sum);
}

/// sums (part, parameters): the gradients of weights and bias over the part's share of the output's pixels. A thread
/// computes one number; block row p does part p.
template <class T>
__global__ void __launch_bounds__(256)
    parameter_gradient_kernel(ConvolutionSizes sizes, int parameters, int pixels, int pixels_a_part, const T* x,
                              const T* dy, float* sums) {
    const Dims in = sizes.in;
    const Dims out = sizes.out;
    const int parameter = static_cast<int>(global_thread());
    if (parameter >= parameters) return;
    const bool is_weight = parameter < sizes.weight_count();
    const int o = parameter % out.channels;
    const int tap = parameter / out.channels / sizes.group_inputs();
    const int i = o / sizes.group_outputs() * sizes.group_inputs() + parameter / out.channels % sizes.group_inputs();
    const int begin = static_cast<int>(blockIdx.y) * pixels_a_part;
    const int end = begin + pixels_a_part < pixels ? begin + pixels_a_part : pixels;
    float sum = 0.0f;
    for (int pixel = begin; pixel < end; ++pixel) {
        float input = 1.0f; // what a bias is multiplied with
        if (is_weight) {
            const int row = sizes.input_row(pixel / out.width % out.height, tap / sizes.kernel_width);
            const int column = sizes.input_column(pixel % out.width, tap % sizes.kernel_width);
            if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
            const int input_pixel = (pixel / out.pixels() * in.height + row) * in.width + column;
            input = static_cast<float>(x[std::ptrdiff_t{input_pixel} * in.channels + i]);
        }
        sum += input * static_cast<float>(dy[std::ptrdiff_t{pixel} * out.channels + o]);
    }
    sums[std::ptrdiff_t{blockIdx.y} * parameters + parameter] = sum;
}

/// A convolution of any geometry and groups by plain sums in float, its sizes known at run time: its kernels are
/// compiled once.
template <class T>
struct PlainConvolution {
    ConvolutionSizes sizes;

    constexpr int parameters() const { return sizes.weight_count() + (sizes.bias ? sizes.out.channels : 0); }
    /// Into how many parts the sums over all pixels are divided: two blocks for each multiprocessor of a large GPU.
    constexpr int parts() const { return std::clamp(264 / static_cast<int>(blocks_for(parameters(), 256)), 1, 64); }
    constexpr std::size_t scratch_bytes() const {
        return parts() == 1
                   ? 0
                   : sizeof(float) * static_cast<std::size_t>(parts()) * static_cast<std::size_t>(parameters());
    }

    void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) const {
        const int pixels = pass.batch * sizes.out.pixels();
        launch(cuda, "convolve", {.blocks = blocks_for(std::ptrdiff_t{pixels} * sizes.out.channels, 256)},
               convolve_kernel<T>, sizes, pixels, pass.input, pass.parameters, pass.output);
    }

    void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) const {
        parameter_gradient(cuda, pass);
        if (!pass.input_gradient) return;
        const int pixels = pass.batch * sizes.in.pixels();
        launch(cuda, "convolve_back", {.blocks = blocks_for(std::ptrdiff_t{pixels} * sizes.in.channels, 256)},
               convolve_back_kernel<T>, sizes, pixels, pass.output_gradient, pass.parameters, pass.input_gradient);
    }

private:
    void parameter_gradient(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) const {
        const int pixels = pass.batch * sizes.out.pixels();
        float* const sums = parts() == 1 ? pass.parameter_gradients : reinterpret_cast<float*>(pass.scratch);
        launch(cuda, "parameter_gradient",
               {.blocks = dim3(blocks_for(parameters(), 256), static_cast<unsigned>(parts()))},
               parameter_gradient_kernel<T>, sizes, parameters(), pixels, static_cast<int>(blocks_for(pixels, parts())),
               pass.input, pass.output_gradient, sums);
        if (parts() > 1)
            launch(cuda, "add_parts", {.blocks = blocks_for(parameters(), 256)}, add_parts_kernel<float>, sums, parts(),
                   parameters(), pass.parameter_gradients);
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
