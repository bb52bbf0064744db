#pragma once

#include "tinyres/backend/cpu/channel_passes.hpp"
#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/dropout_factors.hpp"
#include "tinyres/backend/cpu/normalized_images.hpp"
#include "tinyres/layers/batch_norm.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// BatchNorm with what follows it in one pass: ReLU if `Rectified`, then `Dropout`. With xh = (x - mean) / deviation,
/// dz as in ChannelPasses and M the values of a channel:
///     dx = scale * (dz - sum(dz) / M - xh * sum(dz * xh) / M)
template <class T, class Arch, class Norm, class In, bool Rectified, class Dropout>
struct BatchNormKernel {
    static constexpr int channels = In::channels;
    using Value = Stored<Cpu<T, Arch>, In>; // vectors stay float in mixed precision
    using Passes = ChannelPasses<Arch, Value, channels, In::pixels, Rectified>;
    using Factors = DropoutFactors<Dropout, channels>;
    using Backend = Cpu<T, Arch>;
    using Normalized = NormalizedImages<Value, Rectified>;

    // Kept for backward: mean, inverse deviation, scale and shift of each channel; the factors of each image.
    // Scratch: two sums a channel and slice, in double; coefficients.
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .takes_moments = true,
                                       .saved_per_image = Factors::bytes_per_image,
                                       .saved_once = 4 * channels * sizeof(float),
                                       .scratch_shared = 2 * reduction_slices * channels * sizeof(double) +
                                                         2 * channels * sizeof(double) + 4 * channels * sizeof(float)};

    static void forward(const Backend& cpu, const ForwardPass<float, Value>& pass) {
        normalize(cpu, pass.batch, prepare(cpu, pass), pass.output);
    }

    /// All that has to be known before the images can be normalized, in training for backward, too.
    static Normalized prepare(const Backend& cpu, const ForwardPass<float, Value>& pass) {
        float* const local = reinterpret_cast<float*>(pass.scratch + local_offset);
        float* const kept = pass.training ? reinterpret_cast<float*>(pass.saved_once) : local;
        float* const mean = kept;
        float* const inverse_deviation = kept + channels;
        float* const scale = kept + 2 * channels;
        float* const shift = kept + 3 * channels;
        float* const factors = pass.training ? reinterpret_cast<float*>(pass.saved) : nullptr;
        if (pass.training) {
            measure(cpu, pass, mean, inverse_deviation);
            Factors::draw(cpu.threads(), pass.batch, pass.random, factors);
        } else {
            for (int c = 0; c < channels; ++c) {
                mean[c] = pass.statistics[c];
                inverse_deviation[c] = inverse_root(static_cast<double>(pass.statistics[channels + c]));
            }
        }
        for (int c = 0; c < channels; ++c) {
            scale[c] = has_weight ? pass.parameters[c] * inverse_deviation[c] : inverse_deviation[c];
            shift[c] = (has_bias ? pass.parameters[first_bias + c] : 0.0f) - mean[c] * scale[c];
        }
        return {pass.input, scale, shift, Factors::any ? factors : nullptr, channels};
    }

    /// What `prepare` told, from what forward kept.
    static Normalized prepared(const BackwardPass<float, Value>& pass) {
        const float* const scale = reinterpret_cast<const float*>(pass.saved_once) + 2 * channels;
        const float* const factors = reinterpret_cast<const float*>(pass.saved);
        return {pass.input, scale, scale + channels, Factors::any ? factors : nullptr, channels};
    }

    /// Writes what forward wrote once more, from what it kept.
    static void forward_again(const Backend& cpu, const BackwardPass<float, Value>& pass, Value* output) {
        normalize(cpu, pass.batch, prepared(pass), output);
    }

    static void backward(const Backend& cpu, const BackwardPass<float, Value>& pass) {
        const Normalized images = prepared(pass);
        const float* const mean = reinterpret_cast<const float*>(pass.saved_once);
        const double* const totals = sum_slices(
            threads(cpu, pass.batch), pass.batch, pass.scratch, [&](std::ptrdiff_t image, float* sum, float* product) {
                Passes::gradient_sums(pass.input + image * In::size, pass.output_gradient + image * In::size,
                                      images.scale, images.shift, Factors::of_image(images.factors, image), mean, sum,
                                      product);
            });
        backward_from_sums(cpu, pass, totals);
    }

    /// The sums over the batch that backward needs, for whoever has the output's gradient at hand.
    static GradientSums<Value, Rectified> sums(const BackwardPass<float, Value>& pass, float* parts) {
        const Normalized images = prepared(pass);
        const float* const mean = reinterpret_cast<const float*>(pass.saved_once);
        return {pass.input, mean, images.scale, images.shift, images.factors, parts, channels};
    }

    /// Backward when the sums of `count` parts are known.
    static void backward_from_parts(const Backend& cpu, const BackwardPass<float, Value>& pass, const float* parts,
                                    std::ptrdiff_t count) {
        double* const totals = reinterpret_cast<double*>(pass.scratch);
        add_parts(parts, count, channels, totals);
        backward_from_sums(cpu, pass, totals);
    }

private:
    static constexpr bool has_weight = Norm::settings.scale;
    static constexpr bool has_bias = Norm::settings.shift;
    static constexpr int first_bias = has_weight ? channels : 0; // among the parameters
    static constexpr std::size_t local_offset = (2 * reduction_slices + 2) * channels * sizeof(double);

    static void backward_from_sums(const Backend& cpu, const BackwardPass<float, Value>& pass, const double* totals) {
        const Normalized images = prepared(pass);
        const float* const mean = reinterpret_cast<const float*>(pass.saved_once);
        const float* const inverse_deviation = mean + channels;
        const float* const scale = images.scale;
        const double count = static_cast<double>(pass.batch) * In::pixels;
        float* const slope = reinterpret_cast<float*>(pass.scratch + local_offset);
        float* const constant = slope + channels;
        for (int c = 0; c < channels; ++c) {
            const double inverse = static_cast<double>(inverse_deviation[c]);
            const double sum = totals[c];
            const double product = totals[channels + c] * inverse;
            if (has_weight) pass.parameter_gradients[c] = static_cast<float>(product);
            if (has_bias) pass.parameter_gradients[first_bias + c] = static_cast<float>(sum);
            const double per_distance = -static_cast<double>(scale[c]) * inverse * product / count;
            slope[c] = static_cast<float>(per_distance);
            constant[c] = static_cast<float>(-static_cast<double>(scale[c]) * sum / count -
                                             per_distance * static_cast<double>(mean[c]));
        }
        if (!pass.input_gradient) return;
        parallel_for(threads(cpu, pass.batch), pass.batch, [&](std::ptrdiff_t image) {
            Passes::gradient(pass.input + image * In::size, pass.output_gradient + image * In::size, scale,
                             images.shift, Factors::of_image(images.factors, image), slope, constant,
                             pass.input_gradient + image * In::size);
        });
    }

    static void normalize(const Backend& cpu, int batch, const Normalized& images, Value* output) {
        parallel_for(threads(cpu, batch), batch, [&](std::ptrdiff_t image) {
            Passes::normalize(images.images + image * In::size, images.scale, images.shift,
                              Factors::of_image(images.factors, image), output + image * In::size);
        });
    }

    static int threads(const Backend& cpu, int batch) {
        return useful_threads(cpu.threads(), std::ptrdiff_t{batch} * In::size);
    }

    static float inverse_root(double variance) { return static_cast<float>(1.0 / std::sqrt(variance + Norm::epsilon)); }

    /// The batch's mean and 1 / deviation; updates the running statistics.
    static void measure(const Backend& cpu, const ForwardPass<float, Value>& pass, float* mean,
                        float* inverse_deviation) {
        const double* const moments = pass.input_moments ? pass.input_moments : measure_moments(cpu, pass);
        const double count = static_cast<double>(pass.batch) * In::pixels;
        for (int c = 0; c < channels; ++c) {
            const double variance = moments[channels + c];
            mean[c] = static_cast<float>(moments[c]);
            inverse_deviation[c] = inverse_root(variance);
            record(pass.updated_statistics[c], mean[c]);
            record(pass.updated_statistics[channels + c],
                   static_cast<float>(variance * count / (std::max)(count - 1.0, 1.0)));
        }
    }

    /// Mean and variance of each channel, (2, channels).
    static const double* measure_moments(const Backend& cpu, const ForwardPass<float, Value>& pass) {
        float origin[std::size_t{channels}]; // the first pixel stands near the mean, and has the data's scale
        std::copy_n(pass.input, channels, origin);
        double* const totals = sum_slices(threads(cpu, pass.batch), pass.batch, pass.scratch,
                                          [&](std::ptrdiff_t image, float* sum, float* square) {
                                              Passes::moments(pass.input + image * In::size, origin, sum, square);
                                          });
        const double count = static_cast<double>(pass.batch) * In::pixels;
        for (int c = 0; c < channels; ++c) {
            const double distance = totals[c] / count;
            totals[c] = static_cast<double>(origin[c]) + distance;
            totals[channels + c] = (std::max)(totals[channels + c] / count - distance * distance, 0.0);
        }
        return totals;
    }

    static void record(float& running, float value) {
        running += static_cast<float>(Norm::momentum) * (value - running);
    }

    /// Adds what `of_image(image, first, second)` finds, two arrays (channels), over the batch; the result's two arrays
    /// lie one after the other. Fixed slices make the sum the same for any number of threads.
    template <class Function>
    static double* sum_slices(int threads, int batch, std::byte* scratch, Function of_image) {
        double* const slices = reinterpret_cast<double*>(scratch);
        double* const totals = slices + 2 * reduction_slices * channels;
        parallel_for(threads, reduction_slices, [&](std::ptrdiff_t slice) {
            double* const mine = slices + slice * 2 * channels;
            std::fill_n(mine, 2 * channels, 0.0);
            float sums[std::size_t{2 * channels}];
            const Range images = share(batch, static_cast<int>(slice), reduction_slices);
            for (std::ptrdiff_t image = images.begin; image < images.end; ++image) {
                of_image(image, sums, sums + channels);
                for (int i = 0; i < 2 * channels; ++i) mine[i] += static_cast<double>(sums[i]);
            }
        });
        for (int i = 0; i < 2 * channels; ++i) {
            totals[i] = 0.0;
            for (int slice = 0; slice < reduction_slices; ++slice) totals[i] += slices[slice * 2 * channels + i];
        }
        return totals;
    }
};

} // namespace cpu

template <class T, class Arch, class... Options, class In>
struct Kernel<Cpu<T, Arch>, Bound<BatchNormWith<Options...>, In>>
    : cpu::BatchNormKernel<T, Arch, BatchNormWith<Options...>, In, false, host::NoDropout> {};

template <class T, class Arch, class... Options, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<BatchNormWith<Options...>, ReLU>, In>>
    : cpu::BatchNormKernel<T, Arch, BatchNormWith<Options...>, In, true, host::NoDropout> {};

template <class T, class Arch, class... Options, int Numerator, int Denominator, class In>
struct Kernel<Cpu<T, Arch>, Bound<Fused<BatchNormWith<Options...>, ReLU, Dropout2d<Numerator, Denominator>>, In>>
    : cpu::BatchNormKernel<T, Arch, BatchNormWith<Options...>, In, true, Dropout2d<Numerator, Denominator>> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
