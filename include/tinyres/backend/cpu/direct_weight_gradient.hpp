#pragma once

#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/scratch.hpp"

#include <algorithm>

namespace tinyres::inline TINYRES_ARCH {

/// The gradient of a 3x3 convolution's weights, (3, 3, In, Out), and bias:
///
///     dW[kh, kw, i, o] = sum over n, h, w of x[n, h + kh - 1, w + kw - 1, i] * dy[n, h, w, o]
///
/// A work item is a panel of output channels times a chunk of input channels; one thread sums it over the whole batch,
/// in blocks of images whose sums are then added, so the result does not depend on the number of threads. Images are of
/// type T; everything else is float.
template <class Arch, class T, int Height, int Width, int In, int Out>
class DirectWeightGradient {
    using V = Lanes<Arch>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int panels = (Out + columns - 1) / columns;
    static constexpr int pixels = Height * Width;
    static constexpr int chunk_channels = 32;
    static constexpr int chunks = (In + chunk_channels - 1) / chunk_channels;
    // As many images as let their input stay in the second-level cache while the panels pass by.
    static constexpr int block_images =
        static_cast<int>(std::clamp<std::ptrdiff_t>(128 * 1024 / (std::ptrdiff_t{pixels} * In), 1, 16));
    static constexpr std::ptrdiff_t panel_of_gradient_size = std::ptrdiff_t{block_images} * pixels * columns;
    static constexpr std::ptrdiff_t widened_size =
        std::is_same_v<T, float> ? 0 : std::ptrdiff_t{block_images} * pixels * In;

public:
    /// Bytes of scratch that all threads share, and of each thread: of a block of images a panel of dy, and x in float.
    static constexpr std::size_t scratch_bytes = 0;
    static constexpr std::size_t scratch_bytes_per_thread =
        bytes_of<float>(panel_of_gradient_size) + bytes_of<float>(widened_size);

    /// `run` reads stored images only.
    template <class Images>
    static constexpr bool reads = false;

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`.
    static void run(int threads, int batch, const T* input, const T* output_gradient, float* weight_gradient,
                    float* bias_gradient, std::byte* scratch) {
        parallel(threads, [&](int thread, int thread_count) {
            std::byte* mine = scratch + static_cast<std::size_t>(thread) * scratch_bytes_per_thread;
            float* const panel_of_gradient = take<float>(mine, panel_of_gradient_size);
            float* const widened = take<float>(mine, widened_size);
            const Range items = share(std::ptrdiff_t{panels} * chunks, thread, thread_count);
            if (items.begin == items.end) return;
            for (int first = 0; first < batch; first += block_images) {
                const int images = std::min(block_images, batch - first);
                const float* const x = in_float(input + std::ptrdiff_t{first} * pixels * In,
                                                std::ptrdiff_t{images} * pixels * In, widened);
                const T* const dy = output_gradient + std::ptrdiff_t{first} * pixels * Out;
                int packed_panel = -1;
                for (std::ptrdiff_t item = items.begin; item < items.end; ++item) {
                    const int panel = static_cast<int>(item / chunks);
                    const int chunk = static_cast<int>(item % chunks);
                    if (panel != packed_panel) pack(images, dy, panel, panel_of_gradient);
                    packed_panel = panel;
                    const int count = std::min(columns, Out - panel * columns);
                    if (chunk == 0 && bias_gradient)
                        sum_rows(images, panel_of_gradient, count, bias_gradient + panel * columns, first == 0);
                    run_chunk(images, x, panel_of_gradient, chunk * chunk_channels, count,
                              weight_gradient + panel * columns, first == 0);
                }
            }
        });
    }

private:
    /// `count` numbers as floats: where they are, or widened.
    static const float* in_float(const T* x, std::ptrdiff_t count, float* widened) {
        if constexpr (std::is_same_v<T, float>) {
            return x;
        } else {
            std::copy_n(x, count, widened);
            return widened;
        }
    }

    /// to (images, pixels, columns) from one panel of dy.
    static void pack(int images, const T* dy, int panel, float* to) {
        const int count = std::min(columns, Out - panel * columns);
        dy += panel * columns;
        for (std::ptrdiff_t pixel = 0; pixel < std::ptrdiff_t{images} * pixels; ++pixel, dy += Out, to += columns) {
            if (count == columns) {
                unrolled<Tile<Arch>::registers>(
                    [&](auto j) { store(load<V>(dy + j * lane_count<V>), to + j * lane_count<V>); });
            } else {
                std::copy_n(dy, count, to);
                std::fill(to + count, to + columns, 0.0f);
            }
        }
    }

    /// bias_gradient[o] (+)= sum of dy over a block of images.
    static void sum_rows(int images, const float* gradient, int count, float* bias_gradient, bool first) {
        float sums[columns] = {};
        for (int image = 0; image < images; ++image) {
            V sum[Tile<Arch>::registers];
            unrolled<Tile<Arch>::registers>([&](auto j) { sum[j] = V(0.0f); });
            for (int pixel = 0; pixel < pixels; ++pixel, gradient += columns)
                unrolled<Tile<Arch>::registers>([&](auto j) { sum[j] += load<V>(gradient + j * lane_count<V>); });
            unrolled<Tile<Arch>::registers>(
                [&](auto j) { store(load<V>(sums + j * lane_count<V>) + sum[j], sums + j * lane_count<V>); });
        }
        for (int column = 0; column < count; ++column)
            bias_gradient[column] = (first ? 0.0f : bias_gradient[column]) + sums[column];
    }

    static void run_chunk(int images, const float* x, const float* gradient, int first_channel, int count,
                          float* weight_gradient, bool first) {
        const int end = std::min(first_channel + chunk_channels, In);
        constexpr int rows = Tile<Arch>::rows;
        int channel = first_channel;
        for (; channel + rows <= end; channel += rows)
            run_rows<rows>(images, x + channel, gradient, count, weight_gradient + std::ptrdiff_t{channel} * Out,
                           first);
        if constexpr (In % rows != 0)
            if (channel < end)
                run_rows<In % rows>(images, x + channel, gradient, count,
                                    weight_gradient + std::ptrdiff_t{channel} * Out, first);
    }

    /// The nine taps of `Rows` input channels against a panel of output channels.
    template <int Rows>
    static void run_rows(int images, const float* x, const float* gradient, int count, float* weight_gradient,
                         bool first) {
        for (int tap = 0; tap < 9; ++tap)
            run_tap<Rows>(images, x, gradient, tap / 3, tap % 3, count,
                          weight_gradient + std::ptrdiff_t{tap} * In * Out, first);
    }

    template <int Rows>
    static void run_tap(int images, const float* x, const float* gradient, int kh, int kw, int count,
                        float* weight_gradient, bool first) {
        Accumulators<Arch, Rows> sum;
        clear(sum);
        // Output pixels whose tap lies inside the image; the middle column's rows are one run.
        const int first_row = kh == 0 ? 1 : 0;
        const int end_row = kh == 2 ? Height - 1 : Height;
        const int first_column = kw == 0 ? 1 : 0;
        const int run_length = kw == 1 ? (end_row - first_row) * Width : Width - 1;
        const int runs = kw == 1 ? (end_row > first_row ? 1 : 0) : end_row - first_row;
        for (int image = 0; image < images; ++image)
            for (int run = 0; run < runs; ++run) {
                const int from = ((first_row + run + kh - 1) * Width + first_column + kw - 1);
                const int to = (first_row + run) * Width + first_column;
                multiply_accumulate(
                    sum, x + (std::ptrdiff_t{image} * pixels + from) * In,
                    [](auto r) { return static_cast<std::ptrdiff_t>(r); }, In,
                    gradient + (std::ptrdiff_t{image} * pixels + to) * columns, run_length);
            }
        unrolled<Rows>([&](auto r) {
            float* const row = weight_gradient + r * Out;
            if (count == columns) {
                unrolled<Tile<Arch>::registers>([&](auto j) {
                    float* const to = row + j * lane_count<V>;
                    store(first ? sum.value[r][j] : load<V>(to) + sum.value[r][j], to);
                });
            } else {
                float part[columns];
                unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], part + j * lane_count<V>); });
                for (int column = 0; column < count; ++column)
                    row[column] = (first ? 0.0f : row[column]) + part[column];
            }
        });
    }
};

} // namespace tinyres::inline TINYRES_ARCH
