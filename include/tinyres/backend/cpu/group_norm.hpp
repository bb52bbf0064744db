#pragma once

#include "tinyres/backend/cpu/channel_passes.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/dropout_factors.hpp"
#include "tinyres/layers/group_norm.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// GroupNorm with what follows it in one pass: `Rectify`, a Rectifier, then `Dropout`. With g = dz * weight, dz as in
/// ChannelPasses, and M the values of a group:
///     dx = (g - sum(g) / M - xh * sum(g * xh) / M) / deviation
template <class T, class Arch, int Groups, class In, class Rectify, class Dropout>
struct GroupNormKernel {
    static constexpr int channels = In::channels;
    static constexpr int group_channels = channels / Groups;
    static constexpr double group_size = static_cast<double>(group_channels) * In::pixels;
    static constexpr ChannelPasses<Arch, T, Rectify> passes{channels, In::pixels};
    using Factors = DropoutFactors<Dropout, channels>;
    using Backend = Cpu<T, Arch>;

    // Kept for backward, an image: mean and inverse deviation of each group; then the factors.
    // Scratch: the parameters' gradients of each slice, in double.
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .saved_per_image = 2 * Groups * sizeof(float) + Factors::bytes_per_image,
                                       .scratch_shared = 2 * reduction_slices * channels * sizeof(double)};

    static void forward(const Backend& cpu, const ForwardPass<float, T>& pass) {
        float* const kept = reinterpret_cast<float*>(pass.saved);
        float* const factors = pass.training ? kept + std::ptrdiff_t{pass.batch} * 2 * Groups : nullptr;
        if (pass.training) Factors::draw(cpu.threads(), pass.batch, pass.random, factors);
        parallel_for(threads(cpu, pass.batch), pass.batch, [&](std::ptrdiff_t image) {
            const T* const x = pass.input + image * In::size;
            float moments[std::size_t{2 * Groups}];
            measure(x, moments);
            if (pass.training) std::copy_n(moments, 2 * Groups, kept + image * 2 * Groups);
            const ScaleAndShift z(pass.parameters, moments);
            passes.normalize(x, z.scale, z.shift, Factors::of_image(factors, image), pass.output + image * In::size);
        });
    }

    /// Writes what forward wrote once more, from what it kept.
    static void forward_again(const Backend& cpu, const BackwardPass<float, T>& pass, T* output) {
        const float* const kept = reinterpret_cast<const float*>(pass.saved);
        const float* const factors = kept + std::ptrdiff_t{pass.batch} * 2 * Groups;
        parallel_for(threads(cpu, pass.batch), pass.batch, [&](std::ptrdiff_t image) {
            const ScaleAndShift z(pass.parameters, kept + image * 2 * Groups);
            passes.normalize(pass.input + image * In::size, z.scale, z.shift, Factors::of_image(factors, image),
                             output + image * In::size);
        });
    }

    static void backward(const Backend& cpu, const BackwardPass<float, T>& pass) {
        const float* const kept = reinterpret_cast<const float*>(pass.saved);
        const float* const factors = kept + std::ptrdiff_t{pass.batch} * 2 * Groups;
        double* const slices = reinterpret_cast<double*>(pass.scratch);
        parallel_for(threads(cpu, pass.batch), reduction_slices, [&](std::ptrdiff_t slice) {
            double* const sums = slices + slice * 2 * channels;
            std::fill_n(sums, 2 * channels, 0.0);
            const Range images = share(pass.batch, static_cast<int>(slice), reduction_slices);
            for (std::ptrdiff_t image = images.begin; image < images.end; ++image)
                image_gradient(pass, image, kept + image * 2 * Groups, Factors::of_image(factors, image), sums);
        });
        for (int i = 0; i < 2 * channels; ++i) {
            double total = 0.0;
            for (int slice = 0; slice < reduction_slices; ++slice) total += slices[slice * 2 * channels + i];
            pass.parameter_gradients[i] = static_cast<float>(total);
        }
    }

private:
    static int threads(const Backend& cpu, int batch) {
        return useful_threads(cpu.threads(), std::ptrdiff_t{batch} * In::size);
    }

    struct ScaleAndShift {
        float scale[std::size_t{channels}];
        float shift[std::size_t{channels}];

        ScaleAndShift(const float* parameters, const float* moments) {
            for (int c = 0; c < channels; ++c) {
                scale[c] = parameters[c] * moments[2 * (c / group_channels) + 1];
                shift[c] = parameters[channels + c] - moments[2 * (c / group_channels)] * scale[c];
            }
        }
    };

    /// Mean and 1 / deviation of each group of an image.
    static void measure(const T* x, float* moments) {
        float origin[std::size_t{channels}], sum[std::size_t{channels}], square[std::size_t{channels}];
        for (int c = 0; c < channels; ++c) origin[c] = x[c / group_channels * group_channels];
        passes.moments(x, origin, sum, square);
        for (int group = 0; group < Groups; ++group) {
            double total = 0.0;
            double total_square = 0.0;
            for (int c = group * group_channels; c < (group + 1) * group_channels; ++c) {
                total += static_cast<double>(sum[c]);
                total_square += static_cast<double>(square[c]);
            }
            const double distance = total / group_size;
            const double variance = (std::max)(total_square / group_size - distance * distance, 0.0);
            moments[2 * group] = static_cast<float>(static_cast<double>(origin[group * group_channels]) + distance);
            moments[2 * group + 1] = static_cast<float>(1.0 / std::sqrt(variance + GroupNorm<Groups>::epsilon));
        }
    }

    /// The input's gradient of one image; adds the gradients of weight and bias to `sums`.
    static void image_gradient(const BackwardPass<float, T>& pass, std::ptrdiff_t image, const float* moments,
                               const float* factor, double* sums) {
        const T* const x = pass.input + image * In::size;
        const T* const dy = pass.output_gradient + image * In::size;
        const ScaleAndShift z(pass.parameters, moments);
        float mean[std::size_t{channels}], sum[std::size_t{channels}], product[std::size_t{channels}];
        for (int c = 0; c < channels; ++c) mean[c] = moments[2 * (c / group_channels)];
        passes.gradient_sums(x, dy, z.scale, z.shift, factor, mean, sum, product);
        float slope[std::size_t{channels}], constant[std::size_t{channels}];
        for (int group = 0; group < Groups; ++group) {
            const double inverse = static_cast<double>(moments[2 * group + 1]);
            double group_sum = 0.0;
            double group_product = 0.0;
            for (int c = group * group_channels; c < (group + 1) * group_channels; ++c) {
                const double normalized_product = static_cast<double>(product[c]) * inverse;
                sums[c] += normalized_product;
                sums[channels + c] += static_cast<double>(sum[c]);
                group_sum += static_cast<double>(pass.parameters[c]) * static_cast<double>(sum[c]);
                group_product += static_cast<double>(pass.parameters[c]) * normalized_product;
            }
            const double per_distance = -inverse * inverse * group_product / group_size;
            const double rest =
                -inverse * group_sum / group_size - per_distance * static_cast<double>(moments[2 * group]);
            for (int c = group * group_channels; c < (group + 1) * group_channels; ++c) {
                slope[c] = static_cast<float>(per_distance);
                constant[c] = static_cast<float>(rest);
            }
        }
        if (pass.input_gradient)
            passes.gradient(x, dy, z.scale, z.shift, factor, slope, constant, pass.input_gradient + image * In::size);
    }
};

} // namespace cpu

template <class T, class Arch, int Groups, class In>
struct Kernel<Cpu<T, Arch>, Bound<GroupNorm<Groups>, In>>
    : cpu::GroupNormKernel<T, Arch, Groups, In, cpu::Rectifier<>, host::NoDropout> {};

template <class T, class Arch, int Groups, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<GroupNorm<Groups>, ReLU>, In>>
    : cpu::GroupNormKernel<T, Arch, Groups, In, cpu::Rectifier<ReLU>, host::NoDropout> {};

template <class T, class Arch, int Groups, int Numerator, int Denominator, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<GroupNorm<Groups>, ReLU, Dropout2d<Numerator, Denominator>>, In>>
    : cpu::GroupNormKernel<T, Arch, Groups, In, cpu::Rectifier<ReLU>, Dropout2d<Numerator, Denominator>> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
