#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/batch_norm.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, a channel at a time. With xh the normalized input and M
/// the values of a channel, backward is
///     dx = weight / sqrt(variance + epsilon) * (dy - sum(dy) / M - xh * sum(dy * xh) / M)
template <class T>
struct BatchNormLoops {
    int channels = 0;
    int pixels = 0;
    BatchNormSettings settings;

    void forward(const ForwardPass<T, T>& pass) const {
        const int count = pass.batch * pixels;
        for (int c = 0; c < channels; ++c) {
            T mean = pass.statistics[c];
            T variance = pass.statistics[channels + c];
            if (pass.training) {
                mean = 0;
                for (int i = 0; i < count; ++i) mean += pass.input[i * channels + c];
                mean /= static_cast<T>(count);
                variance = 0;
                for (int i = 0; i < count; ++i) {
                    const T distance = pass.input[i * channels + c] - mean;
                    variance += distance * distance;
                }
                const T unbiased = variance / static_cast<T>((std::max)(count - 1, 1));
                variance /= static_cast<T>(count);
                record(pass.updated_statistics[c], mean);
                record(pass.updated_statistics[channels + c], unbiased);
            }
            const T inverse_deviation = 1 / std::sqrt(variance + static_cast<T>(settings.epsilon));
            if (pass.training) {
                reinterpret_cast<T*>(pass.saved_once)[c] = mean;
                reinterpret_cast<T*>(pass.saved_once)[channels + c] = inverse_deviation;
            }
            for (int i = 0; i < count; ++i)
                pass.output[i * channels + c] =
                    (pass.input[i * channels + c] - mean) * inverse_deviation * weight(pass.parameters, c) +
                    (settings.shift ? pass.parameters[bias_at(c)] : T{0});
        }
    }

    void backward(const BackwardPass<T, T>& pass) const {
        const int count = pass.batch * pixels;
        for (int c = 0; c < channels; ++c) {
            const T mean = reinterpret_cast<const T*>(pass.saved_once)[c];
            const T inverse_deviation = reinterpret_cast<const T*>(pass.saved_once)[channels + c];
            const auto normalized = [&](int i) { return (pass.input[i * channels + c] - mean) * inverse_deviation; };
            T sum = 0;
            T product_sum = 0;
            for (int i = 0; i < count; ++i) {
                sum += pass.output_gradient[i * channels + c];
                product_sum += pass.output_gradient[i * channels + c] * normalized(i);
            }
            if (settings.scale) pass.parameter_gradients[c] = product_sum;
            if (settings.shift) pass.parameter_gradients[bias_at(c)] = sum;
            if (!pass.input_gradient) continue;
            for (int i = 0; i < count; ++i)
                pass.input_gradient[i * channels + c] =
                    weight(pass.parameters, c) * inverse_deviation *
                    (pass.output_gradient[i * channels + c] - sum / static_cast<T>(count) -
                     normalized(i) * product_sum / static_cast<T>(count));
        }
    }

private:
    T weight(const T* parameters, int c) const { return settings.scale ? parameters[c] : T{1}; }
    int bias_at(int c) const { return (settings.scale ? channels : 0) + c; }
    void record(T& running, T value) const { running += static_cast<T>(settings.momentum) * (value - running); }
};

} // namespace reference

/// BatchNorm by those loops.
template <class T, class... Options, class In>
struct Kernel<Reference<T>, Bound<BatchNormWith<Options...>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true, .saved_once = 2 * In::channels * sizeof(T)};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    static constexpr reference::BatchNormLoops<T> loops{In::channels, In::pixels, BatchNormWith<Options...>::settings};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
