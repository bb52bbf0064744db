#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/max_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y[n, h, w, c] = max over the window of x; the gradient goes to the first maximum in row-major order.
template <class T>
struct MaxPoolLoops {
    Dims in;
    int window = 2;

    void forward(const ForwardPass<T, T>& pass) const {
        for_each_window(pass.batch, pass.input, [&](int maximum, int y) { pass.output[y] = pass.input[maximum]; });
    }

    void backward(const BackwardPass<T, T>& pass) const {
        if (!pass.input_gradient) return;
        std::fill_n(pass.input_gradient, pass.batch * in.size(), T{0});
        for_each_window(pass.batch, pass.input,
                        [&](int maximum, int y) { pass.input_gradient[maximum] = pass.output_gradient[y]; });
    }

private:
    /// Calls with the offset of each window's maximum and of its output.
    template <class Function>
    void for_each_window(int batch, const T* input, Function function) const {
        const int height = in.height / window;
        const int width = in.width / window;
        for (int n = 0; n < batch; ++n)
            for (int h = 0; h < height; ++h)
                for (int w = 0; w < width; ++w)
                    for (int c = 0; c < in.channels; ++c) {
                        const auto offset = [&](int row, int column) {
                            return ((n * in.height + h * window + row) * in.width + w * window + column) * in.channels +
                                   c;
                        };
                        int best = offset(0, 0);
                        for (int row = 0; row < window; ++row)
                            for (int column = 0; column < window; ++column) {
                                const T value = input[offset(row, column)];
                                if (value > input[best] || value != value) best = offset(row, column);
                            }
                        function(best, ((n * height + h) * width + w) * in.channels + c);
                    }
    }
};

} // namespace reference

/// MaxPool by those loops.
template <class T, int Window, class In>
struct Kernel<Reference<T>, Bound<MaxPool<Window>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    static constexpr reference::MaxPoolLoops<T> loops{In::dims, Window};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
