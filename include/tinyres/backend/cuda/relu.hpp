#pragma once

#include "tinyres/backend/cuda/elementwise.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y = max(x, 0) for `count` elements; a NaN stays a NaN.
template <class Value>
__global__ void relu_kernel(std::ptrdiff_t count, const Value* x, Value* y) {
    for_elements<Value>(count, [&](auto width, std::ptrdiff_t i) {
        float values[width];
        load_vector(values, x + i);
        for (float& value : values) value = value < 0.0f ? 0.0f : value;
        store_vector(values, y + i);
    });
}

/// dx = dy where y > 0, else 0.
template <class Value>
__global__ void relu_gradient_kernel(std::ptrdiff_t count, const Value* y, const Value* dy, Value* dx) {
    combine(count, y, dy, dx, [](float output, float gradient) { return output > 0.0f ? gradient : 0.0f; });
}

template <class T, class In>
struct ReluKernel {
    using Value = Stored<Cuda<T>, In>;
    static constexpr KernelNeeds needs{.output_in_backward = true};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "relu", element_grid<Value>(count), relu_kernel<Value>, count, pass.input, pass.output);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Value>& pass) {
        if (!pass.input_gradient) return;
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "relu_gradient", element_grid<Value>(count), relu_gradient_kernel<Value>, count, pass.output,
               pass.output_gradient, pass.input_gradient);
    }
};

} // namespace cuda

template <class T, class In>
struct Kernel<Cuda<T>, Bound<ReLU, In>> : cuda::ReluKernel<T, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
