#pragma once

#include "tlu.hpp"

#include <algorithm>
#include <tinyres/backend/reference/reference.hpp>
#include <tinyres/plan/kernel.hpp>
#include <tinyres/plan/operation.hpp>

namespace tinyres {

/// dx = dy where x > threshold, else 0; dthreshold = sum of dy where x <= threshold, over the batch and all pixels.
template <class T, class In>
struct Kernel<Reference<T>, Bound<TLU, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i) {
            const T threshold = pass.parameters[i % In::channels];
            pass.output[i] = pass.input[i] < threshold ? threshold : pass.input[i];
        }
    }

    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        std::fill_n(pass.parameter_gradients, In::channels, T{0});
        for (int i = 0; i < pass.batch * In::size; ++i) {
            const bool passes = pass.input[i] > pass.parameters[i % In::channels];
            const T dy = pass.output_gradient[i];
            if (!passes) pass.parameter_gradients[i % In::channels] += dy;
            if (pass.input_gradient) pass.input_gradient[i] = passes ? dy : T{0};
        }
    }
};

} // namespace tinyres
