#pragma once

#include "tinyres/backend/cpu/add_slices.hpp"
#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/convolution/image_product.hpp"
#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/scratch.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Convolutions of each channel by itself: as many groups as there are channels on either side. There is no matrix
/// product in them; a pixel's channels lie side by side, and so do a tap's filters. Limited by memory, so what is read
/// stays where it lies. Sizes are values.
template <class Arch, class T>
class DepthwiseLoops {
    static constexpr int block = 4; // registers of channels that are summed at a time
    static constexpr int most_slices = 16;

public:
    /// The output, or the gradient of the input; overwrites. `filters` are (tap, channels).
    static void run(int threads, int batch, const ImageProduct& product, const T* input, const float* filters,
                    std::ptrdiff_t tap_stride, const float* bias, T* output) {
        const std::ptrdiff_t rows = std::ptrdiff_t{batch} * product.written.height;
        parallel_for(threads, rows, [&](std::ptrdiff_t number) {
            run_row(product, static_cast<int>(number % product.written.height),
                    input + number / product.written.height * product.read.size(), filters, tap_stride, bias,
                    output + number * product.written.width * product.written.channels);
        });
    }

    static constexpr std::ptrdiff_t sums_size(const ImageProduct& product) {
        return std::ptrdiff_t{product.tap_count + 1} * product.written.channels;
    }
    /// Bytes of scratch that all threads share for the weight gradient.
    static constexpr std::size_t scratch_bytes(const ImageProduct& product) {
        return bytes_of<float>(most_slices * sums_size(product));
    }

    /// The gradients of weights, (tap, channels), and, unless null, of the bias; overwrites them. `product` is the
    /// forward pass. The rows of all images are cut into slices, which are added in order.
    static void weight_gradient(int threads, int batch, const ImageProduct& product, const T* input,
                                const T* output_gradient, float* weight_gradient, float* bias_gradient,
                                std::byte* scratch) {
        const std::ptrdiff_t size = sums_size(product);
        const int channels = product.written.channels;
        float* const sums = take<float>(scratch, most_slices * size);
        const std::ptrdiff_t rows = std::ptrdiff_t{batch} * product.written.height;
        const int slices = static_cast<int>(std::min<std::ptrdiff_t>(most_slices, rows));
        parallel_for(threads, slices, [&](std::ptrdiff_t slice) {
            float* const mine = sums + slice * size;
            std::fill_n(mine, size, 0.0f);
            const Range range = share(rows, static_cast<int>(slice), slices);
            for (std::ptrdiff_t number = range.begin; number < range.end; ++number)
                add_row(product, static_cast<int>(number % product.written.height),
                        input + number / product.written.height * product.read.size(),
                        output_gradient + number * product.written.width * channels, mine);
        });
        const std::ptrdiff_t weights = std::ptrdiff_t{product.tap_count} * channels;
        add_slices(threads, sums, size, slices, weights, weight_gradient);
        if (bias_gradient) add_slices(1, sums + weights, size, slices, channels, bias_gradient);
    }

private:
    /// The taps that some output pixels see: where each one's pixel lies from the first one's, and its filters.
    struct Taps {
        std::array<std::ptrdiff_t, std::size_t{ImageProduct::most_taps}> pixels;
        std::array<const float*, std::size_t{ImageProduct::most_taps}> weights;
        std::size_t count = 0;
    };

    /// One row of the output. Away from the borders, pixels of a phase see the same taps.
    static void run_row(const ImageProduct& product, int row, const T* image, const float* filters,
                        std::ptrdiff_t tap_stride, const float* bias, T* to) {
        const int channels = product.written.channels;
        const int phase_columns = (std::min)(product.column_distance, product.written.width);
        const int first_row = row / product.row_distance * product.row_step - product.top;
        for (int column_of_phase = 0; column_of_phase < phase_columns; ++column_of_phase) {
            const Phase& phase =
                product.phases[static_cast<std::size_t>(row % product.row_distance * phase_columns + column_of_phase)];
            Taps inside; // the image as far as rows go
            int least = 0;
            int most = 0;
            std::array<int, std::size_t{ImageProduct::most_taps}> columns;
            for (int i = phase.first_tap; i < phase.first_tap + phase.tap_count; ++i) {
                const Tap& tap = product.taps[static_cast<std::size_t>(i)];
                const int y = first_row + tap.row;
                if (y < 0 || y >= product.read.height) continue;
                least = inside.count == 0 ? tap.column : (std::min)(least, tap.column);
                most = inside.count == 0 ? tap.column : (std::max)(most, tap.column);
                columns[inside.count] = tap.column;
                inside.pixels[inside.count] = (std::ptrdiff_t{y} * product.read.width + tap.column) * channels;
                inside.weights[inside.count++] = filters + tap.index * tap_stride;
            }
            for (int q = 0; q < phase.columns; ++q) {
                const int x = q * product.column_step - product.left;
                T* const target = to + (std::ptrdiff_t{q} * product.column_distance + column_of_phase) * channels;
                const T* const first = image + std::ptrdiff_t{x} * channels;
                if (x + least >= 0 && x + most < product.read.width) {
                    sum_taps(channels, first, inside, bias, target);
                    continue;
                }
                Taps seen;
                for (std::size_t tap = 0; tap < inside.count; ++tap) {
                    if (x + columns[tap] < 0 || x + columns[tap] >= product.read.width) continue;
                    seen.pixels[seen.count] = inside.pixels[tap];
                    seen.weights[seen.count++] = inside.weights[tap];
                }
                sum_taps(channels, first, seen, bias, target);
            }
        }
    }

    /// One pixel of the output.
    static void sum_taps(int channels, const T* first, const Taps& taps, const float* bias, T* to) {
        for_channel_blocks<Arch, block>(channels, [&](auto registers, int c) {
            using Vector = typename decltype(registers)::Vector;
            constexpr int lanes = decltype(registers)::lanes;
            Vector sum[std::size_t{registers.count}];
            unrolled<registers.count>(
                [&](auto j) { sum[j] = bias ? load<Vector>(bias + c + j * lanes) : Vector(0.0f); });
            for (std::size_t tap = 0; tap < taps.count; ++tap) {
                const T* const pixel = first + taps.pixels[tap] + c;
                const float* const weights = taps.weights[tap] + c;
                unrolled<registers.count>([&](auto j) {
                    sum[j] = multiply_add(load<Vector>(pixel + j * lanes), load<Vector>(weights + j * lanes), sum[j]);
                });
            }
            unrolled<registers.count>([&](auto j) { store(sum[j], to + c + j * lanes); });
        });
    }

    /// Adds what a row of output pixels gives to the gradients of all taps and of the bias.
    static void add_row(const ImageProduct& product, int row, const T* image, const T* gradient, float* sums) {
        const int channels = product.written.channels;
        const int width = product.written.width;
        for (int i = 0; i < product.tap_count; ++i) {
            const Tap& tap = product.taps[static_cast<std::size_t>(i)];
            const int y = row * product.row_step - product.top + tap.row;
            if (y < 0 || y >= product.read.height) continue;
            // The output columns whose tap lies inside the image.
            const int offset = tap.column - product.left;
            const int begin = offset < 0 ? (-offset + product.column_step - 1) / product.column_step : 0;
            const int end =
                (std::min)(width, (product.read.width - offset + product.column_step - 1) / product.column_step);
            if (begin >= end) continue;
            const T* const from =
                image + (std::ptrdiff_t{y} * product.read.width + begin * product.column_step + offset) * channels;
            add_products(channels, end - begin, from, std::ptrdiff_t{product.column_step} * channels,
                         gradient + std::ptrdiff_t{begin} * channels, sums + std::ptrdiff_t{tap.index} * channels);
        }
        float* const bias = sums + std::ptrdiff_t{product.tap_count} * channels;
        for_channel_blocks<Arch, block>(channels, [&](auto registers, int c) {
            using Vector = typename decltype(registers)::Vector;
            constexpr int lanes = decltype(registers)::lanes;
            Vector sum[std::size_t{registers.count}];
            unrolled<registers.count>([&](auto j) { sum[j] = Vector(0.0f); });
            const T* dy = gradient + c;
            for (int column = 0; column < width; ++column, dy += channels)
                unrolled<registers.count>([&](auto j) { sum[j] += load<Vector>(dy + j * lanes); });
            add(sum, bias + c);
        });
    }

    /// to += sum. So rows are summed each by itself, as one long sum over large images would lose digits.
    template <class Vector, std::size_t Count>
    [[gnu::always_inline]] static void add(const Vector (&sum)[Count], float* to) {
        unrolled<static_cast<int>(Count)>([&](auto j) {
            float* const at = to + j * lane_count<Vector>;
            store(Vector(load<Vector>(at) + sum[j]), at);
        });
    }

    /// sums[c] += sum over pixels of input[pixel, c] * gradient[pixel, c].
    static void add_products(int channels, int pixels, const T* input, std::ptrdiff_t step, const T* gradient,
                             float* sums) {
        for_channel_blocks<Arch, block>(channels, [&](auto registers, int c) {
            using Vector = typename decltype(registers)::Vector;
            constexpr int lanes = decltype(registers)::lanes;
            Vector sum[std::size_t{registers.count}];
            unrolled<registers.count>([&](auto j) { sum[j] = Vector(0.0f); });
            const T* x = input + c;
            const T* dy = gradient + c;
            for (int pixel = 0; pixel < pixels; ++pixel, x += step, dy += channels)
                unrolled<registers.count>([&](auto j) {
                    sum[j] = multiply_add(load<Vector>(x + j * lanes), load<Vector>(dy + j * lanes), sum[j]);
                });
            add(sum, sums + c);
        });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
