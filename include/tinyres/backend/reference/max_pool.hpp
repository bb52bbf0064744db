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
    PoolGeometry geometry;

    void forward(const ForwardPass<T, T>& pass) const {
        for_each_window(pass.batch, pass.input, [&](int maximum, int y) { pass.output[y] = pass.input[maximum]; });
    }

    void backward(const BackwardPass<T, T>& pass) const {
        if (!pass.input_gradient) return;
        std::fill_n(pass.input_gradient, pass.batch * in.size(), T{0});
        for_each_window(pass.batch, pass.input,
                        [&](int maximum, int y) { pass.input_gradient[maximum] += pass.output_gradient[y]; });
    }

private:
    /// Calls with the offset of each window's maximum and of its output.
    template <class Function>
    void for_each_window(int batch, const T* input, Function function) const {
        const Dims out = geometry.output();
        for (int n = 0; n < batch; ++n)
            for (int h = 0; h < out.height; ++h)
                for (int w = 0; w < out.width; ++w)
                    for (int c = 0; c < in.channels; ++c) {
                        const Interval rows = geometry.rows.pixels_of(h);
                        const Interval columns = geometry.columns.pixels_of(w);
                        const auto offset = [&](int row, int column) {
                            return ((n * in.height + row) * in.width + column) * in.channels + c;
                        };
                        int best = offset(rows.begin, columns.begin);
                        for (int row = rows.begin; row < rows.end; ++row)
                            for (int column = columns.begin; column < columns.end; ++column) {
                                const T value = input[offset(row, column)];
                                if (value > input[best] || value != value) best = offset(row, column);
                            }
                        function(best, ((n * out.height + h) * out.width + w) * in.channels + c);
                    }
    }
};

} // namespace reference

/// MaxPool by those loops.
template <class T, int Window, int Stride, int Padding, class In>
struct Kernel<Reference<T>, Bound<MaxPool<Window, Stride, Padding>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    static constexpr reference::MaxPoolLoops<T> loops{In::dims, MaxPool<Window, Stride, Padding>::geometry(In::dims)};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
