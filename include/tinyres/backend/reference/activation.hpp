#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/activation.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y = value(x); dx = dy * derivative(x or y), of `count` numbers.
template <class T, class Layer>
struct ActivationLoops {
    static void forward(int count, const T* x, T* y) {
        for (int i = 0; i < count; ++i) y[i] = Layer::value(x[i]);
    }
    static void backward(int count, const T* x_or_y, const T* dy, T* dx) {
        for (int i = 0; i < count; ++i) dx[i] = dy[i] * Layer::derivative(x_or_y[i]);
    }
};

} // namespace reference

/// An activation function.
template <class T, ActivationLayer Layer, class In>
struct Kernel<Reference<T>, Bound<Layer, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = !Layer::derivative_of_output,
                                       .output_in_backward = Layer::derivative_of_output};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        reference::ActivationLoops<T, Layer>::forward(pass.batch * In::size, pass.input, pass.output);
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        if (!pass.input_gradient) return;
        reference::ActivationLoops<T, Layer>::backward(pass.batch * In::size,
                                                       Layer::derivative_of_output ? pass.output : pass.input,
                                                       pass.output_gradient, pass.input_gradient);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
