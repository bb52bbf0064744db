#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/group_norm.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias with mean and variance of one image's group. With
/// g = dy * weight, xh the normalized input and M the values of a group, backward is
///     dx = (g - sum(g) / M - xh * sum(g * xh) / M) / sqrt(variance + epsilon)
template <class T>
struct GroupNormLoops {
    Dims in;
    int groups = 1;
    double epsilon = 0.0;

    void forward(const ForwardPass<T, T>& pass) const {
        for_each_group(pass.batch, [&](int index, int first, int channel) {
            T mean = 0;
            for_each_value([&](int i) { mean += pass.input[first + i]; });
            mean /= static_cast<T>(count());
            T variance = 0;
            for_each_value([&](int i) {
                const T distance = pass.input[first + i] - mean;
                variance += distance * distance;
            });
            const T inverse_deviation = 1 / std::sqrt(variance / static_cast<T>(count()) + static_cast<T>(epsilon));
            if (pass.training) {
                reinterpret_cast<T*>(pass.saved)[2 * index] = mean;
                reinterpret_cast<T*>(pass.saved)[2 * index + 1] = inverse_deviation;
            }
            for_each_value([&](int i) {
                const int c = channel + i % in.channels;
                pass.output[first + i] = (pass.input[first + i] - mean) * inverse_deviation * pass.parameters[c] +
                                         pass.parameters[in.channels + c];
            });
        });
    }

    void backward(const BackwardPass<T, T>& pass) const {
        std::fill_n(pass.parameter_gradients, 2 * in.channels, T{0});
        for_each_group(pass.batch, [&](int index, int first, int channel) {
            const T mean = reinterpret_cast<const T*>(pass.saved)[2 * index];
            const T inverse_deviation = reinterpret_cast<const T*>(pass.saved)[2 * index + 1];
            const auto normalized = [&](int i) { return (pass.input[first + i] - mean) * inverse_deviation; };
            const auto scaled = [&](int i) {
                return pass.output_gradient[first + i] * pass.parameters[channel + i % in.channels];
            };
            T sum = 0;
            T product_sum = 0;
            for_each_value([&](int i) {
                const int c = channel + i % in.channels;
                sum += scaled(i);
                product_sum += scaled(i) * normalized(i);
                pass.parameter_gradients[c] += pass.output_gradient[first + i] * normalized(i);
                pass.parameter_gradients[in.channels + c] += pass.output_gradient[first + i];
            });
            if (!pass.input_gradient) return;
            for_each_value([&](int i) {
                pass.input_gradient[first + i] =
                    inverse_deviation *
                    (scaled(i) - sum / static_cast<T>(count()) - normalized(i) * product_sum / static_cast<T>(count()));
            });
        });
    }

private:
    int group_channels() const { return in.channels / groups; }
    int count() const { return group_channels() * in.pixels(); }

    /// Calls with the group's index over the batch, the offset of its first value, and its first channel.
    template <class Function>
    void for_each_group(int batch, Function function) const {
        for (int n = 0; n < batch; ++n)
            for (int group = 0; group < groups; ++group)
                function(n * groups + group, n * in.size() + group * group_channels(), group * group_channels());
    }

    /// Calls with the offset of each value of a group from its first; the channel within the group is offset %
    /// channels.
    template <class Function>
    void for_each_value(Function function) const {
        for (int pixel = 0; pixel < in.pixels(); ++pixel)
            for (int c = 0; c < group_channels(); ++c) function(pixel * in.channels + c);
    }
};

} // namespace reference

/// GroupNorm by those loops.
template <class T, int Groups, class In>
struct Kernel<Reference<T>, Bound<GroupNorm<Groups>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true, .saved_per_image = 2 * Groups * sizeof(T)};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    static constexpr reference::GroupNormLoops<T> loops{In::dims, Groups, GroupNorm<Groups>::epsilon};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
