#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/convolution_sizes.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// With stride s, padding p, dilation d and the input channels i of o's group, zero outside the image:
///
///     y[n, h, w, o] = bias[o] + sum of weight[kh, kw, i, o] * x[n, h * s + kh * d - p, w * s + kw * d - p, i]
template <class T>
struct ConvolutionLoops {
    ConvolutionSizes sizes;

    void forward(const ForwardPass<T, T>& pass) const {
        const int channels = sizes.out.channels;
        const T* const bias_values = pass.parameters + sizes.weight_count();
        for (int pixel = 0; pixel < pass.batch * sizes.out.pixels(); ++pixel)
            for (int o = 0; o < channels; ++o) pass.output[pixel * channels + o] = sizes.bias ? bias_values[o] : T{0};
        for_each_product(pass.batch, [&](int x, int w, int y) {
            const T input = pass.input[x];
            for (int o = 0; o < sizes.group_outputs(); ++o) pass.output[y + o] += input * pass.parameters[w + o];
        });
    }

    void backward(const BackwardPass<T, T>& pass) const {
        const int channels = sizes.out.channels;
        T* const bias_gradients = pass.parameter_gradients + sizes.weight_count();
        std::fill_n(pass.parameter_gradients, sizes.weight_count() + (sizes.bias ? channels : 0), T{0});
        if (pass.input_gradient) std::fill_n(pass.input_gradient, pass.batch * sizes.in.size(), T{0});
        for_each_product(pass.batch, [&](int x, int w, int y) {
            for (int o = 0; o < sizes.group_outputs(); ++o) {
                const T gradient = pass.output_gradient[y + o];
                pass.parameter_gradients[w + o] += pass.input[x] * gradient;
                if (pass.input_gradient) pass.input_gradient[x] += pass.parameters[w + o] * gradient;
            }
        });
        if (sizes.bias)
            for (int pixel = 0; pixel < pass.batch * sizes.out.pixels(); ++pixel)
                for (int o = 0; o < channels; ++o) bias_gradients[o] += pass.output_gradient[pixel * channels + o];
    }

private:
    /// Calls with the offsets of every input that meets the weights and outputs of its group's channels, of which there
    /// are `group_outputs()` one after the other.
    template <class Function>
    void for_each_product(int batch, Function function) const {
        const Dims in = sizes.in;
        const Dims out = sizes.out;
        for (int y = 0; y < batch * out.pixels(); ++y)
            for (int tap = 0; tap < sizes.taps(); ++tap) {
                const int row = sizes.input_row(y / out.width % out.height, tap / sizes.kernel_width);
                const int column = sizes.input_column(y % out.width, tap % sizes.kernel_width);
                if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
                const int x = (y / out.pixels() * in.height + row) * in.width + column;
                for (int i = 0; i < in.channels; ++i) {
                    const int first = i / sizes.group_inputs() * sizes.group_outputs();
                    const int weight = tap * sizes.group_inputs() + i % sizes.group_inputs();
                    function(x * in.channels + i, weight * out.channels + first, y * out.channels + first);
                }
            }
    }
};

} // namespace reference

/// Convolution by those loops.
template <class T, int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm, class In>
struct Kernel<Reference<T>, Bound<Convolution<Channels, Geometry, Groups, bias, algorithm>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    using Layer = Convolution<Channels, Geometry, Groups, bias, algorithm>;
    static constexpr reference::ConvolutionLoops<T> loops{convolution_sizes(Layer{}, In::dims)};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
