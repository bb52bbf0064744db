#pragma once

#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/padded_images.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/scratch.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The gradient of a 3x3 convolution's weights, (3, 3, In, Out), and bias:
///
///     dW[kh, kw, i, o] = sum over n, h, w of x[n, h + kh - 1, w + kw - 1, i] * dy[n, h, w, o]
///
/// The images are copied with a zero column on either side, so that what a row of taps sees of an image's row, (kw, i),
/// is one run of 3 * In floats that moves on by In. The batch is cut into slices and, where these are few, the output
/// channels into panels; one thread sums a slice of a panel, and the slices are added in order, so the result does not
/// depend on the number of threads. Images are of type T; everything else is float.
template <class Arch, class T, int Height, int Width, int In, int Out>
class DirectWeightGradient {
    using V = Lanes<Arch>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int panels = (Out + columns - 1) / columns;
    static constexpr int pixels = Height * Width;
    static constexpr int run_length = 3 * In;
    // Sums that are kept in registers: as equal parts of a run as can be.
    static constexpr int most_rows = Tile<Arch>::rows + Tile<Arch>::rows / 2;
    static constexpr int parts = (run_length + most_rows - 1) / most_rows;
    static constexpr int rows = (run_length + parts - 1) / parts;
    using Padded = PaddedImages<Height, Width, In>;
    // As many images as stay in the second-level cache with a panel of their gradients.
    static constexpr int block_images =
        static_cast<int>(std::clamp<std::ptrdiff_t>(128 * 1024 / (std::ptrdiff_t{pixels} * (In + columns)), 1, 16));
    static constexpr std::ptrdiff_t panel_size = std::ptrdiff_t{block_images} * pixels * columns;
    static constexpr std::ptrdiff_t padded_size = block_images * Padded::size;
    // Of a slice: (3, 3 * In, Out) and the bias's gradient.
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{9} * In * Out;
    static constexpr std::ptrdiff_t sums_size = weight_count + Out;
    static constexpr int enough_slices = 16; // to keep all threads busy
    static constexpr int most_slices =
        static_cast<int>(std::clamp<std::ptrdiff_t>((std::ptrdiff_t{1} << 20) / sums_size, 1, enough_slices));

public:
    /// Bytes of scratch that all threads share, and of each thread.
    static constexpr std::size_t scratch_bytes = bytes_of<float>(most_slices * sums_size);
    static constexpr std::size_t scratch_bytes_per_thread = bytes_of<float>(panel_size) + bytes_of<float>(padded_size);

    /// `run` reads stored images only.
    template <class Images>
    static constexpr bool reads = false;

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`.
    static void run(int threads, int batch, const T* input, const T* output_gradient, float* weight_gradient,
                    float* bias_gradient, std::byte* scratch) {
        float* const sums = take<float>(scratch, most_slices * sums_size);
        const int slices = (std::min)(most_slices, (batch + block_images - 1) / block_images);
        const int splits = slices == enough_slices ? 1 : panels;
        parallel(threads, std::ptrdiff_t{slices} * splits, [&](int thread, Items& items) {
            std::byte* mine = scratch + static_cast<std::size_t>(thread) * scratch_bytes_per_thread;
            float* const gradient = take<float>(mine, panel_size);
            float* const padded = take<float>(mine, padded_size);
            items.for_each([&](std::ptrdiff_t item) {
                const auto slice = static_cast<int>(item / splits);
                run_slice(share(batch, slice, slices), share(panels, static_cast<int>(item % splits), splits), input,
                          output_gradient, padded, gradient, sums + slice * sums_size);
            });
        });
        parallel_ranges(threads, weight_count, [&](Range range) { add_slices(sums, slices, range, weight_gradient); });
        if (bias_gradient) add_slices(sums + weight_count, slices, {0, Out}, bias_gradient);
    }

private:
    /// sums (3, 3 * In, Out) and (Out) of some panels of output channels over `images`.
    static void run_slice(Range images, Range my_panels, const T* input, const T* output_gradient, float* padded,
                          float* gradient, float* sums) {
        for (std::ptrdiff_t first = images.begin; first < images.end; first += block_images) {
            const int block = static_cast<int>(std::min<std::ptrdiff_t>(block_images, images.end - first));
            const bool begins = first == images.begin;
            Padded::copy(input + first * pixels * In, block, padded);
            for (std::ptrdiff_t channel = my_panels.begin * columns; channel < my_panels.end * columns;
                 channel += columns) {
                const int count = static_cast<int>(std::min<std::ptrdiff_t>(columns, Out - channel));
                pack(output_gradient + first * pixels * Out + channel, block, count, gradient);
                sum_rows(block, gradient, count, sums + weight_count + channel, begins);
                for (int kh = 0; kh < 3; ++kh)
                    run_taps(block, padded, gradient, kh, count, sums + std::ptrdiff_t{kh} * run_length * Out + channel,
                             begins);
            }
        }
    }

    /// to (images, pixels, columns) from one panel of dy.
    static void pack(const T* dy, int images, int count, float* to) {
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

    /// sums[o] (+)= sum of dy over a block of images.
    static void sum_rows(int images, const float* gradient, int count, float* sums, bool begins) {
        float block_sums[std::size_t{columns}] = {};
        for (int image = 0; image < images; ++image) {
            V sum[Tile<Arch>::registers];
            unrolled<Tile<Arch>::registers>([&](auto j) { sum[j] = V(0.0f); });
            for (int pixel = 0; pixel < pixels; ++pixel, gradient += columns)
                unrolled<Tile<Arch>::registers>([&](auto j) { sum[j] += load<V>(gradient + j * lane_count<V>); });
            unrolled<Tile<Arch>::registers>([&](auto j) {
                store(load<V>(block_sums + j * lane_count<V>) + sum[j], block_sums + j * lane_count<V>);
            });
        }
        for (int column = 0; column < count; ++column)
            sums[column] = (begins ? 0.0f : sums[column]) + block_sums[column];
    }

    /// The run of one row of taps against a panel of output channels.
    static void run_taps(int images, const float* padded, const float* gradient, int kh, int count, float* sums,
                         bool begins) {
        constexpr int whole = run_length / rows;
        for (int part = 0; part < whole; ++part)
            run_rows<rows>(images, padded + part * rows, gradient, kh, count, sums + std::ptrdiff_t{part} * rows * Out,
                           begins);
        if constexpr (run_length % rows != 0)
            run_rows<run_length % rows>(images, padded + whole * rows, gradient, kh, count,
                                        sums + std::ptrdiff_t{whole} * rows * Out, begins);
    }

    template <int Rows>
    static void run_rows(int images, const float* padded, const float* gradient, int kh, int count, float* sums,
                         bool begins) {
        Accumulators<Arch, Rows> sum;
        clear(sum);
        const int first = kh == 0 ? 1 : 0; // output rows whose tap lies inside the image
        const int end = kh == 2 ? Height - 1 : Height;
        for (int image = 0; image < images; ++image)
            for (int row = first; row < end; ++row)
                multiply_accumulate(
                    sum, padded + image * Padded::size + (row + kh - 1) * Padded::row,
                    [](auto r) { return static_cast<std::ptrdiff_t>(r); }, In,
                    gradient + (std::ptrdiff_t{image} * pixels + row * Width) * columns, Width);
        unrolled<Rows>([&](auto r) {
            float* const row = sums + r * Out;
            if (count == columns) {
                unrolled<Tile<Arch>::registers>([&](auto j) {
                    float* const to = row + j * lane_count<V>;
                    store(begins ? sum.value[r][j] : load<V>(to) + sum.value[r][j], to);
                });
            } else {
                float part[std::size_t{columns}];
                unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], part + j * lane_count<V>); });
                for (int column = 0; column < count; ++column)
                    row[column] = (begins ? 0.0f : row[column]) + part[column];
            }
        });
    }

    /// to = the sum of the slices.
    static void add_slices(const float* sums, int slices, Range range, float* to) {
        std::copy(sums + range.begin, sums + range.end, to + range.begin);
        for (int slice = 1; slice < slices; ++slice)
            for (std::ptrdiff_t i = range.begin; i < range.end; ++i) to[i] += sums[slice * sums_size + i];
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
