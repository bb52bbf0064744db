#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/avg_pool.hpp"
#include "tinyres/layers/global_avg_pool.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y[n, h, w, c] = the sum over the window of x / its number of pixels, with or without those of the padding; each
/// pixel of a window gets its share of the gradient.
template <class T>
struct AvgPoolLoops {
    Dims in;
    AvgPoolGeometry geometry;

    void forward(const ForwardPass<T, T>& pass) const {
        const Dims out = geometry.output();
        std::fill_n(pass.output, pass.batch * out.size(), T{0});
        for_each_pixel(pass.batch, [&](int x, int y, T) { pass.output[y] += pass.input[x]; });
        for (int y = 0; y < pass.batch * out.size(); ++y) pass.output[y] /= divisor(y);
    }

    void backward(const BackwardPass<T, T>& pass) const {
        if (!pass.input_gradient) return;
        std::fill_n(pass.input_gradient, pass.batch * in.size(), T{0});
        for_each_pixel(pass.batch,
                       [&](int x, int y, T pixels) { pass.input_gradient[x] += pass.output_gradient[y] / pixels; });
    }

private:
    /// What the sum of output `y` is divided by.
    T divisor(int y) const {
        const Dims out = geometry.output();
        const int pixel = y % out.size() / out.channels;
        return static_cast<T>(geometry.divisor(pixel / out.width, pixel % out.width));
    }

    /// Calls with the offsets of each pixel of each window and of the window's output, and the window's divisor.
    template <class Function>
    void for_each_pixel(int batch, Function function) const {
        const Dims out = geometry.output();
        for (int y = 0; y < batch * out.size(); ++y) {
            const int pixel = y % out.size() / out.channels;
            const Interval rows = geometry.rows.pixels_of(pixel / out.width);
            const Interval columns = geometry.columns.pixels_of(pixel % out.width);
            for (int row = rows.begin; row < rows.end; ++row)
                for (int column = columns.begin; column < columns.end; ++column)
                    function(((y / out.size() * in.height + row) * in.width + column) * in.channels + y % in.channels,
                             y, divisor(y));
        }
    }
};

} // namespace reference

/// AvgPool by those loops.
template <class T, int Window, int Stride, int Padding, CountPadding count_padding, class In>
struct Kernel<Reference<T>, Bound<AvgPool<Window, Stride, Padding, count_padding>, In>> {
    static constexpr KernelNeeds needs{};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    static constexpr reference::AvgPoolLoops<T> loops{
        In::dims, AvgPool<Window, Stride, Padding, count_padding>::geometry(In::dims)};
};

/// y[n, c] = the mean of x[n, h, w, c] over all pixels.
template <class T, class In>
struct Kernel<Reference<T>, Bound<GlobalAvgPool, In>> {
    static constexpr KernelNeeds needs{};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        std::fill_n(pass.output, pass.batch * In::channels, T{0});
        for (int i = 0; i < pass.batch * In::size; ++i) pass.output[place(i)] += pass.input[i];
        for (int i = 0; i < pass.batch * In::channels; ++i) pass.output[i] /= In::pixels;
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        if (!pass.input_gradient) return;
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.input_gradient[i] = pass.output_gradient[place(i)] / In::pixels;
    }

private:
    /// Where element `i` of the input goes to in the output.
    static int place(int i) { return i / In::size * In::channels + i % In::channels; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
