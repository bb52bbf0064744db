#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/upsample.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// y[n, h, w, c] = x[n, h / Factor, w / Factor, c].
template <class T, int Factor, class In>
struct Kernel<Reference<T>, Bound<Upsample<Factor>, In>> {
    static constexpr Dims out = Upsample<Factor>::output(In::dims);
    static constexpr KernelNeeds needs{};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        for (int i = 0; i < pass.batch * out.size(); ++i) pass.output[i] = pass.input[place(i)];
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        if (!pass.input_gradient) return;
        std::fill_n(pass.input_gradient, pass.batch * In::size, T{0});
        for (int i = 0; i < pass.batch * out.size(); ++i) pass.input_gradient[place(i)] += pass.output_gradient[i];
    }

private:
    /// The element of the input that element `i` of the output is.
    static int place(int i) {
        const int row = i / (out.width * out.channels); // counted through the batch, as the images' rows are
        const int column = i / out.channels % out.width;
        return (row / Factor * In::width + column / Factor) * In::channels + i % out.channels;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
