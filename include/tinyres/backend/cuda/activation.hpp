#pragma once

#include "tinyres/backend/cuda/elementwise.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/activation.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y = value(x) for `count` elements.
template <class Layer, class Value>
__global__ void activation_kernel(std::ptrdiff_t count, const Value* x, Value* y) {
    for_elements<Value>(count, [&](auto width, std::ptrdiff_t i) {
        float values[width];
        load_vector(values, x + i);
        for (float& value : values) value = Layer::value(value);
        store_vector(values, y + i);
    });
}

/// dx = dy * derivative(x or y) for `count` elements.
template <class Layer, class Value>
__global__ void activation_gradient_kernel(std::ptrdiff_t count, const Value* x_or_y, const Value* dy, Value* dx) {
    combine(count, x_or_y, dy, dx, [](float v, float gradient) { return gradient * Layer::derivative(v); });
}

/// An activation function in the device's own exp, tanh and erf.
template <class T, class Layer, class In>
struct ActivationKernel {
    using Value = Stored<Cuda<T>, In>;
    static constexpr KernelNeeds needs{.input_in_backward = !Layer::derivative_of_output,
                                       .output_in_backward = Layer::derivative_of_output};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "activation", element_grid<Value>(count), activation_kernel<Layer, Value>, count, pass.input,
               pass.output);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Value>& pass) {
        if (!pass.input_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "activation_gradient", element_grid<Value>(count), activation_gradient_kernel<Layer, Value>, count,
               Layer::derivative_of_output ? pass.output : pass.input, pass.output_gradient, pass.input_gradient);
    }
};

} // namespace cuda

/// An activation function.
template <class T, ActivationLayer Layer, class In>
struct Kernel<Cuda<T>, Bound<Layer, In>> : cuda::ActivationKernel<T, Layer, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
