#pragma once

#include "tinyres/backend/cuda/elementwise.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// to = a + b for `count` elements.
template <class Value>
__global__ void add_kernel(std::ptrdiff_t count, const Value* a, const Value* b, Value* to) {
    combine(count, a, b, to, [](float left, float right) { return left + right; });
}

/// y = body(x) + x; the gradient passes to both, unchanged, and Fork adds the two.
template <class T, class In>
struct Kernel<Cuda<T>, Bound<Add, In>> {
    using Value = Stored<Cuda<T>, In>;
    static constexpr KernelNeeds needs{};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "add", element_grid<Value>(count), add_kernel<Value>, count, pass.input, pass.skip, pass.output);
    }
};

/// dx = the gradient through the body + the gradient of the Add.
template <class T, class In>
struct Kernel<Cuda<T>, Bound<Fork, In>> {
    using Value = Stored<Cuda<T>, In>;
    static constexpr KernelNeeds needs{};

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Value>& pass) {
        const std::ptrdiff_t count = std::ptrdiff_t{pass.batch} * In::size;
        launch(cuda, "add", element_grid<Value>(count), add_kernel<Value>, count, pass.output_gradient,
               pass.skip_gradient, pass.input_gradient);
    }
};

} // namespace tinyres::inline TINYRES_ARCH
