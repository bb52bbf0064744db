#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/convolution.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y[n, h, w, o] = bias[o] + sum of weight[kh, kw, i, o] * x[n, h + kh - 1, w + kw - 1, i], zero outside the image.
template <class T>
struct Conv3x3Loops {
    Dims in;
    int channels = 0;
    bool bias = true;

    void forward(const ForwardPass<T, T>& pass) const {
        const T* const bias_values = pass.parameters + weight_count();
        for (int pixel = 0; pixel < pass.batch * in.pixels(); ++pixel)
            for (int o = 0; o < channels; ++o) pass.output[pixel * channels + o] = bias ? bias_values[o] : T{0};
        for_each_product(pass.batch, [&](int x, int w, int y) {
            for (int i = 0; i < in.channels; ++i)
                for (int o = 0; o < channels; ++o)
                    pass.output[y + o] += pass.input[x + i] * pass.parameters[w + i * channels + o];
        });
    }

    void backward(const BackwardPass<T, T>& pass) const {
        std::fill_n(pass.parameter_gradients, weight_count() + (bias ? channels : 0), T{0});
        if (pass.input_gradient) std::fill_n(pass.input_gradient, pass.batch * in.size(), T{0});
        for_each_product(pass.batch, [&](int x, int w, int y) {
            for (int i = 0; i < in.channels; ++i)
                for (int o = 0; o < channels; ++o) {
                    const T gradient = pass.output_gradient[y + o];
                    pass.parameter_gradients[w + i * channels + o] += pass.input[x + i] * gradient;
                    if (pass.input_gradient)
                        pass.input_gradient[x + i] += pass.parameters[w + i * channels + o] * gradient;
                }
        });
        if (bias)
            for (int pixel = 0; pixel < pass.batch * in.pixels(); ++pixel)
                for (int o = 0; o < channels; ++o)
                    pass.parameter_gradients[weight_count() + o] += pass.output_gradient[pixel * channels + o];
    }

private:
    int weight_count() const { return 9 * in.channels * channels; }

    /// Calls with the offsets of every (input pixel, 3x3 tap, output pixel) that meet.
    template <class Function>
    void for_each_product(int batch, Function function) const {
        for (int n = 0; n < batch; ++n)
            for (int h = 0; h < in.height; ++h)
                for (int w = 0; w < in.width; ++w)
                    for (int tap = 0; tap < 9; ++tap) {
                        const int row = h + tap / 3 - 1;
                        const int column = w + tap % 3 - 1;
                        if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
                        function(((n * in.height + row) * in.width + column) * in.channels,
                                 tap * in.channels * channels, ((n * in.height + h) * in.width + w) * channels);
                    }
    }
};

} // namespace reference

/// Conv3x3 by those loops.
template <class T, int Channels, Bias bias, Algorithm algorithm, class In>
struct Kernel<Reference<T>, Bound<Conv3x3<Channels, bias, algorithm>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    static constexpr reference::Conv3x3Loops<T> loops{In::dims, Channels, bias == Bias::yes};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
