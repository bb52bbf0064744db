#pragma once

#include "prelu.hpp"

#include <algorithm>
#include <tinyres/backend/reference/reference.hpp>
#include <tinyres/plan/kernel.hpp>
#include <tinyres/plan/operation.hpp>

namespace tinyres {

/// dx = dy where x > 0, else slope * dy; dslope = sum of x * dy where x <= 0, over the batch and all pixels.
template <class T, class In>
struct Kernel<Reference<T>, Bound<PReLU, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i) {
            const T x = pass.input[i];
            pass.output[i] = x > 0 ? x : pass.parameters[i % In::channels] * x;
        }
    }

    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        std::fill_n(pass.parameter_gradients, In::channels, T{0});
        for (int i = 0; i < pass.batch * In::size; ++i) {
            const T x = pass.input[i];
            const T dy = pass.output_gradient[i];
            if (!(x > 0)) pass.parameter_gradients[i % In::channels] += x * dy;
            if (pass.input_gradient) pass.input_gradient[i] = x > 0 ? dy : pass.parameters[i % In::channels] * dy;
        }
    }
};

} // namespace tinyres
