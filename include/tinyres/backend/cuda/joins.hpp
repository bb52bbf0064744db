#pragma once

#include "tinyres/backend/cuda/elementwise.hpp"
#include "tinyres/core/joins.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// to = a + b for `count` elements.
template <class Value>
__global__ void add_kernel(std::ptrdiff_t count, const Value* a, const Value* b, Value* to) {
    combine(count, a, b, to, [](float left, float right) { return left + right; });
}

/// to = a * b for `count` elements.
template <class Value>
__global__ void multiply_kernel(std::ptrdiff_t count, const Value* a, const Value* b, Value* to) {
    combine(count, a, b, to, [](float left, float right) { return left * right; });
}

/// Copies `Channels` channels of `count / Channels` pixels between arrays whose pixels have `From` and `To` channels.
template <class Value, int Channels, int From, int To>
__global__ void copy_channels_kernel(std::ptrdiff_t count, const Value* from, Value* to) {
    const std::ptrdiff_t i = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i < count) to[i / Channels * To + i % Channels] = from[i / Channels * From + i % Channels];
}

/// to = from * gate[image, channel] for `count` elements of images of Pixels x Channels.
template <class Value, class Gate, int Pixels, int Channels>
__global__ void gate_kernel(std::ptrdiff_t count, const Value* from, const Gate* gate, Value* to) {
    const std::ptrdiff_t i = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const std::ptrdiff_t channel = i / (Pixels * Channels) * Channels + i % Channels;
    to[i] = static_cast<Value>(static_cast<float>(from[i]) * static_cast<float>(gate[channel]));
}

/// sums[image, channel] = the sum of a * b over the image's pixels, for `count` images times channels. Neighbors in a
/// warp read neighbors in memory.
template <class Value, class Gate, int Pixels, int Channels>
__global__ void gate_gradient_kernel(std::ptrdiff_t count, const Value* a, const Value* b, Gate* sums) {
    const std::ptrdiff_t i = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i >= count) return;
    const std::ptrdiff_t first = i / Channels * (Pixels * Channels) + i % Channels;
    float sum = 0.0f;
    for (int pixel = 0; pixel < Pixels; ++pixel) {
        const std::ptrdiff_t at = first + std::ptrdiff_t{pixel} * Channels;
        sum += static_cast<float>(a[at]) * static_cast<float>(b[at]);
    }
    sums[i] = static_cast<Gate>(sum);
}

/// y = the sum of two values.
template <class T, class In>
struct AddKernel {
    using Value = Stored<Cuda<T>, In>;
    static constexpr KernelNeeds needs{.passes_gradient = true};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "add", element_grid<Value>(count), add_kernel<Value>, count, pass.input,
               reinterpret_cast<const Value*>(pass.inputs[1]), pass.output);
    }
};

/// y = the channels of all inputs, one after the other.
template <class T, class... Inputs>
struct ConcatenateKernel {
    using Operation = Bound<Concatenate, Inputs...>;
    using Value = Stored<Cuda<T>, typename Operation::OutputShape>;
    static constexpr int channels = Operation::out.channels;
    static constexpr KernelNeeds needs{};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        std::size_t branch = 0;
        Value* to = pass.output;
        ((copy<Inputs::channels, Inputs::channels, channels>(cuda, pass.batch,
                                                             reinterpret_cast<const Value*>(pass.inputs[branch++]), to),
          to += Inputs::channels),
         ...);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Value>& pass) {
        std::size_t branch = 0;
        const Value* from = pass.output_gradient;
        ((copy<Inputs::channels, channels, Inputs::channels>(cuda, pass.batch, from,
                                                             reinterpret_cast<Value*>(pass.input_gradients[branch++])),
          from += Inputs::channels),
         ...);
    }

private:
    template <int Channels, int From, int To>
    static void copy(const Cuda<T>& cuda, int batch, const Value* from, Value* to) {
        if (!to) return;
        const std::ptrdiff_t count = std::ptrdiff_t{batch} * Operation::out.pixels() * Channels;
        launch(cuda, "copy_channels", {.blocks = blocks_for(count, 256)},
               copy_channels_kernel<Value, Channels, From, To>, count, from, to);
    }
};

/// y = x * gate, the gate being one value per channel or as large as x:
///     dx = dy * gate, dgate = dy * x, summed over the pixels that a value of the gate is for
template <class T, class In, class Gate>
struct MultiplyKernel {
    using Value = Stored<Cuda<T>, In>;
    using GateValue = Stored<Cuda<T>, Gate>;
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        multiply(cuda, pass.batch, pass.input, reinterpret_cast<const GateValue*>(pass.inputs[1]), pass.output);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Value>& pass) {
        if (pass.input_gradient)
            multiply(cuda, pass.batch, pass.output_gradient, reinterpret_cast<const GateValue*>(pass.inputs[1]),
                     pass.input_gradient);
        auto* const gate_gradient = reinterpret_cast<GateValue*>(pass.input_gradients[1]);
        if (!gate_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * Gate::size;
        if constexpr (std::is_same_v<In, Gate>)
            launch(cuda, "multiply", element_grid<Value>(count), multiply_kernel<Value>, count, pass.output_gradient,
                   pass.input, gate_gradient);
        else
            launch(cuda, "gate_gradient", {.blocks = blocks_for(count, 256)},
                   gate_gradient_kernel<Value, GateValue, In::pixels, In::channels>, count, pass.output_gradient,
                   pass.input, gate_gradient);
    }

private:
    static void multiply(const Cuda<T>& cuda, int batch, const Value* from, const GateValue* gate, Value* to) {
        const std::ptrdiff_t count = std::ptrdiff_t{batch} * In::size;
        if constexpr (std::is_same_v<In, Gate>)
            launch(cuda, "multiply", element_grid<Value>(count), multiply_kernel<Value>, count, from, gate, to);
        else
            launch(cuda, "gate", {.blocks = blocks_for(count, 256)},
                   gate_kernel<Value, GateValue, In::pixels, In::channels>, count, from, gate, to);
    }
};

} // namespace cuda

template <class T, class In>
struct Kernel<Cuda<T>, Bound<Add, In, In>> : cuda::AddKernel<T, In> {};

template <class T, class... Inputs>
struct Kernel<Cuda<T>, Bound<Concatenate, Inputs...>> : cuda::ConcatenateKernel<T, Inputs...> {};

template <class T, class In, class Gate>
struct Kernel<Cuda<T>, Bound<Multiply, In, Gate>> : cuda::MultiplyKernel<T, In, Gate> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
