#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/prelu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y = x where x > 0, else slope * x, with `slopes` of them in turn: one, or one per channel. Backward:
///     dx = dy where x > 0, else slope * dy
///     dslope = the sum of x * dy where x <= 0, over the batch and all pixels
template <class T>
struct PReluLoops {
    int count = 0; ///< numbers in an image
    int slopes = 1;

    void forward(const ForwardPass<T, T>& pass) const {
        for (int i = 0; i < pass.batch * count; ++i) {
            const T x = pass.input[i];
            pass.output[i] = x > 0 ? x : pass.parameters[i % slopes] * x;
        }
    }
    void backward(const BackwardPass<T, T>& pass) const {
        std::fill_n(pass.parameter_gradients, slopes, T{0});
        for (int i = 0; i < pass.batch * count; ++i) {
            const T x = pass.input[i];
            const T dy = pass.output_gradient[i];
            if (!(x > 0)) pass.parameter_gradients[i % slopes] += x * dy;
            if (pass.input_gradient) pass.input_gradient[i] = x > 0 ? dy : pass.parameters[i % slopes] * dy;
        }
    }
};

} // namespace reference

/// PReLU, as it is written down.
template <class T, Slopes slopes, class In>
struct Kernel<Reference<T>, Bound<PReLU<slopes>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};
    static constexpr reference::PReluLoops<T> loops{In::size, slopes == Slopes::one ? 1 : In::channels};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
