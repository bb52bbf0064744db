#pragma once

#include "tinyres/backend/cpu/channel_passes.hpp"
#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/normalized_images.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/memory.hpp"

#include <algorithm>
#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The passes of a BatchNorm over a batch of images. Its sizes and options are values, so that this is compiled once
/// for all layers. With xh = (x - mean) / deviation, dz as in ChannelPasses and M the values of a channel:
///     dx = scale * (dz - sum(dz) / M - xh * sum(dz * xh) / M)
///
/// What is kept for backward, four arrays (channels): mean, inverse deviation, scale and shift.
template <class Value, class Arch, class Rectify>
struct BatchNormPasses {
    using Passes = ChannelPasses<Arch, Value, Rectify>;
    using Normalized = NormalizedImages<Value, Rectify>;
    using Forward = ForwardPass<float, Value>;
    using Backward = BackwardPass<float, Value>;

    int channels;
    int pixels;
    bool has_weight;
    bool has_bias;
    double epsilon;
    double momentum;

    static constexpr std::size_t kept_bytes(int channels) { return 4 * floats(channels); }
    /// Two sums per channel and slice, and their totals, in double; coefficients.
    static constexpr std::size_t scratch_bytes(int channels) {
        return cache_lines(coefficients_offset(channels) + 4 * floats(channels));
    }
    /// The sums of one image.
    static constexpr std::size_t scratch_bytes_per_thread(int channels) { return cache_lines(2 * floats(channels)); }

    /// All that has to be known before the images can be normalized, in training for backward, too. `factors` of
    /// dropout, (batch, channels), may be null.
    Normalized prepare(int threads, const Forward& pass, const float* factors) const {
        float* const kept = pass.training ? reinterpret_cast<float*>(pass.saved_once) : coefficients(pass.scratch);
        float* const mean = kept;
        float* const inverse_deviation = kept + channels;
        float* const scale = kept + 2 * channels;
        float* const shift = kept + 3 * channels;
        if (pass.training) {
            measure(threads, pass, mean, inverse_deviation);
        } else {
            for (int c = 0; c < channels; ++c) {
                mean[c] = pass.statistics[c];
                inverse_deviation[c] = inverse_root(static_cast<double>(pass.statistics[channels + c]));
            }
        }
        for (int c = 0; c < channels; ++c) {
            scale[c] = has_weight ? pass.parameters[c] * inverse_deviation[c] : inverse_deviation[c];
            shift[c] = (has_bias ? pass.parameters[first_bias() + c] : 0.0f) - mean[c] * scale[c];
        }
        return {pass.input, scale, shift, factors, channels};
    }

    /// What `prepare` returned, from what forward kept.
    Normalized prepared(const Backward& pass, const float* factors) const {
        const float* const scale = reinterpret_cast<const float*>(pass.saved_once) + 2 * channels;
        return {pass.input, scale, scale + channels, factors, channels};
    }

    void normalize(int threads, int batch, const Normalized& images, Value* output) const {
        parallel_for(useful(threads, batch), batch, [&](std::ptrdiff_t image) {
            passes().normalize(images.images + image * size(), images.scale, images.shift, of_image(images, image),
                               output + image * size());
        });
    }

    void backward(int threads, const Backward& pass, const float* factors) const {
        const Normalized images = prepared(pass, factors);
        const float* const mean = reinterpret_cast<const float*>(pass.saved_once);
        const double* const totals = sum_slices(
            useful(threads, pass.batch), pass.batch, pass.scratch,
            [&](std::ptrdiff_t image, float* sum, float* product) {
                passes().gradient_sums(pass.input + image * size(), pass.output_gradient + image * size(), images.scale,
                                       images.shift, of_image(images, image), mean, sum, product);
            });
        backward_from_sums(threads, pass, images, totals);
    }

    /// The sums over the batch that backward needs, for whoever has the output's gradient at hand.
    GradientSums<Value, Rectify> sums(const Backward& pass, const float* factors, float* parts) const {
        const Normalized images = prepared(pass, factors);
        const float* const mean = reinterpret_cast<const float*>(pass.saved_once);
        return {pass.input, mean, images.scale, images.shift, images.factors, parts, channels};
    }

    /// Backward when the sums of `count` parts are known.
    void backward_from_parts(int threads, const Backward& pass, const float* factors, const float* parts,
                             std::ptrdiff_t count) const {
        double* const totals = reinterpret_cast<double*>(pass.scratch);
        add_parts(parts, count, channels, totals);
        backward_from_sums(threads, pass, prepared(pass, factors), totals);
    }

private:
    static constexpr std::size_t floats(int channels) { return sizeof(float) * static_cast<std::size_t>(channels); }
    static constexpr std::size_t coefficients_offset(int channels) {
        return (2 * reduction_slices + 2) * static_cast<std::size_t>(channels) * sizeof(double);
    }

    std::ptrdiff_t size() const { return std::ptrdiff_t{channels} * pixels; }
    Passes passes() const { return {channels, pixels}; }
    int first_bias() const { return has_weight ? channels : 0; } // among the parameters
    int useful(int threads, int batch) const { return useful_threads(threads, batch * size()); }
    float* coefficients(std::byte* scratch) const {
        return reinterpret_cast<float*>(scratch + coefficients_offset(channels));
    }
    const float* of_image(const Normalized& images, std::ptrdiff_t image) const {
        return images.factors ? images.factors + image * channels : nullptr;
    }

    void backward_from_sums(int threads, const Backward& pass, const Normalized& images, const double* totals) const {
        const float* const mean = reinterpret_cast<const float*>(pass.saved_once);
        const float* const inverse_deviation = mean + channels;
        const float* const scale = images.scale;
        const double count = static_cast<double>(pass.batch) * pixels;
        float* const slope = coefficients(pass.scratch);
        float* const constant = slope + channels;
        for (int c = 0; c < channels; ++c) {
            const double inverse = static_cast<double>(inverse_deviation[c]);
            const double sum = totals[c];
            const double product = totals[channels + c] * inverse;
            if (has_weight) pass.parameter_gradients[c] = static_cast<float>(product);
            if (has_bias) pass.parameter_gradients[first_bias() + c] = static_cast<float>(sum);
            const double per_distance = -static_cast<double>(scale[c]) * inverse * product / count;
            slope[c] = static_cast<float>(per_distance);
            constant[c] = static_cast<float>(-static_cast<double>(scale[c]) * sum / count -
                                             per_distance * static_cast<double>(mean[c]));
        }
        if (!pass.input_gradient) return;
        parallel_for(useful(threads, pass.batch), pass.batch, [&](std::ptrdiff_t image) {
            passes().gradient(pass.input + image * size(), pass.output_gradient + image * size(), scale, images.shift,
                              of_image(images, image), slope, constant, pass.input_gradient + image * size());
        });
    }

    float inverse_root(double variance) const { return static_cast<float>(1.0 / std::sqrt(variance + epsilon)); }

    void record(float& running, float value) const { running += static_cast<float>(momentum) * (value - running); }

    /// The batch's mean and 1 / deviation; updates the running statistics.
    void measure(int threads, const Forward& pass, float* mean, float* inverse_deviation) const {
        const double* const moments = pass.input_moments ? pass.input_moments : measure_moments(threads, pass);
        const double count = static_cast<double>(pass.batch) * pixels;
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
    const double* measure_moments(int threads, const Forward& pass) const {
        float* const origin = coefficients(pass.scratch); // the first pixel is near the mean, and has the data's scale
        std::copy_n(pass.input, channels, origin);
        double* const totals = sum_slices(useful(threads, pass.batch), pass.batch, pass.scratch,
                                          [&](std::ptrdiff_t image, float* sum, float* square) {
                                              passes().moments(pass.input + image * size(), origin, sum, square);
                                          });
        const double count = static_cast<double>(pass.batch) * pixels;
        for (int c = 0; c < channels; ++c) {
            const double distance = totals[c] / count;
            totals[c] = static_cast<double>(origin[c]) + distance;
            totals[channels + c] = (std::max)(totals[channels + c] / count - distance * distance, 0.0);
        }
        return totals;
    }

    /// Adds what `of_image(image, first, second)` finds, two arrays (channels), over the batch; the result's two arrays
    /// lie one after the other. Fixed slices make the sum the same for any number of threads.
    template <class Function>
    double* sum_slices(int threads, int batch, std::byte* scratch, Function of_image) const {
        const std::ptrdiff_t count = 2 * std::ptrdiff_t{channels};
        double* const slices = reinterpret_cast<double*>(scratch);
        double* const totals = slices + reduction_slices * count;
        parallel(threads, reduction_slices, [&](int thread, Items& items) {
            float* const sums =
                reinterpret_cast<float*>(scratch + scratch_bytes(channels) +
                                         static_cast<std::size_t>(thread) * scratch_bytes_per_thread(channels));
            items.for_each([&](std::ptrdiff_t slice) {
                double* const mine = slices + slice * count;
                std::fill_n(mine, count, 0.0);
                const Range images = share(batch, static_cast<int>(slice), reduction_slices);
                for (std::ptrdiff_t image = images.begin; image < images.end; ++image) {
                    of_image(image, sums, sums + channels);
                    for (std::ptrdiff_t i = 0; i < count; ++i) mine[i] += static_cast<double>(sums[i]);
                }
            });
        });
        std::copy_n(slices, count, totals);
        for (std::ptrdiff_t slice = 1; slice < reduction_slices; ++slice)
            for (std::ptrdiff_t i = 0; i < count; ++i) totals[i] += slices[slice * count + i];
        return totals;
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
