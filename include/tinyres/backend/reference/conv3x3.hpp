#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/conv3x3.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// y[n, h, w, o] = bias[o] + sum of weight[kh, kw, i, o] * x[n, h + kh - 1, w + kw - 1, i], zero outside the image.
template <class T, int Channels, Bias bias, class In>
struct Kernel<Reference<T>, Bound<Conv3x3<Channels, bias>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        const T* const bias_values = pass.parameters + weight_count;
        for (int n = 0; n < pass.batch; ++n)
            for (int pixel = 0; pixel < In::pixels; ++pixel)
                for (int o = 0; o < Channels; ++o)
                    pass.output[(n * In::pixels + pixel) * Channels + o] = bias == Bias::yes ? bias_values[o] : T{0};
        for_each_product(pass.batch, [&](int x, int w, int y) {
            for (int i = 0; i < In::channels; ++i)
                for (int o = 0; o < Channels; ++o)
                    pass.output[y + o] += pass.input[x + i] * pass.parameters[w + i * Channels + o];
        });
    }

    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        std::fill_n(pass.parameter_gradients, weight_count + (bias == Bias::yes ? Channels : 0), T{0});
        if (pass.input_gradient) std::fill_n(pass.input_gradient, pass.batch * In::size, T{0});
        for_each_product(pass.batch, [&](int x, int w, int y) {
            for (int i = 0; i < In::channels; ++i)
                for (int o = 0; o < Channels; ++o) {
                    const T gradient = pass.output_gradient[y + o];
                    pass.parameter_gradients[w + i * Channels + o] += pass.input[x + i] * gradient;
                    if (pass.input_gradient)
                        pass.input_gradient[x + i] += pass.parameters[w + i * Channels + o] * gradient;
                }
        });
        if constexpr (bias == Bias::yes)
            for (int pixel = 0; pixel < pass.batch * In::pixels; ++pixel)
                for (int o = 0; o < Channels; ++o)
                    pass.parameter_gradients[weight_count + o] += pass.output_gradient[pixel * Channels + o];
    }

private:
    static constexpr int weight_count = 9 * In::channels * Channels;

    /// Calls with the offsets of every (input pixel, 3x3 tap, output pixel) that meet.
    template <class Function>
    static void for_each_product(int batch, Function function) {
        for (int n = 0; n < batch; ++n)
            for (int h = 0; h < In::height; ++h)
                for (int w = 0; w < In::width; ++w)
                    for (int tap = 0; tap < 9; ++tap) {
                        const int row = h + tap / 3 - 1;
                        const int column = w + tap % 3 - 1;
                        if (row < 0 || row >= In::height || column < 0 || column >= In::width) continue;
                        function(((n * In::height + row) * In::width + column) * In::channels,
                                 tap * In::channels * Channels, ((n * In::height + h) * In::width + w) * Channels);
                    }
    }
};

} // namespace tinyres::inline TINYRES_ARCH
