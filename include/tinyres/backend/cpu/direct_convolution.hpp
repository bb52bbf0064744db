#pragma once

#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/padded_images.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/scratch.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// 3x3 convolution with zero padding 1 as an implicit matrix product: forward, and, with the filters turned around and
/// input and output channels swapped, the gradient of the input.
///
/// A block of images is copied with a zero column on either side, so that the three taps of a row and all input
/// channels are one contiguous run of 3 * In floats; rows outside the image are skipped. Filters are packed in panels
/// of Tile::columns output channels, (panel, 9 * In, columns). Images are of type T; everything else is float.
template <class Arch, class T, int Height, int Width, int In, int Out>
class DirectConvolution {
    using V = Lanes<Arch>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int panels = (Out + columns - 1) / columns;
    static constexpr std::ptrdiff_t panel_size = std::ptrdiff_t{9} * In * columns;
    static constexpr int tile_rows = Tile<Arch>::rows;
    static constexpr std::ptrdiff_t image_in = std::ptrdiff_t{Height} * Width * In;
    static constexpr std::ptrdiff_t image_out = std::ptrdiff_t{Height} * Width * Out;
    using Padded = PaddedImages<Height, Width, In>;
    // Narrow images: a tile takes the same row of several images.
    static constexpr int images_per_tile = Width < tile_rows ? tile_rows / Width : 1;
    // As many images as stay in the second-level cache beside a panel of filters.
    static constexpr int block_images = [] {
        constexpr std::ptrdiff_t cache = 96 * 1024; // floats
        const int fitting = static_cast<int>(std::clamp<std::ptrdiff_t>(cache / Padded::size, 1, 16));
        return (fitting + images_per_tile - 1) / images_per_tile * images_per_tile;
    }();

public:
    /// Bytes of scratch that all threads share, for the packed filters with their biases behind them, and of each
    /// thread.
    static constexpr std::size_t scratch_bytes = bytes_of<float>(panels * (panel_size + columns));
    static constexpr std::size_t scratch_bytes_per_thread = bytes_of<float>(block_images * Padded::size);

    /// `run` never pools or sums, and reads stored images only.
    template <int Window>
    static constexpr bool pools = false;
    template <class Images>
    static constexpr bool reads = false;
    static constexpr bool sums_channels = false;

    /// The output (batch, Height, Width, Out).
    template <class Sums>
    struct Outputs {
        T* images;
        Sums sums;
    };

    /// The convolution of `input`, (batch, Height, Width, In); overwrites.
    static void run(int threads, int batch, const T* input, const Filters& filters, const Outputs<NoSums>& outputs,
                    std::byte* scratch) {
        T* const output = outputs.images;
        float* const packed = take<float>(scratch, panels * (panel_size + columns));
        parallel_for(threads, panels, [&](std::ptrdiff_t panel) { pack(filters, panel, packed); });
        // Few images: each block's panels are shared out too, so that no thread stands idle.
        const int images = (std::min)(block_images, (std::max)((batch + threads - 1) / threads, images_per_tile));
        const int blocks = (batch + images - 1) / images;
        const int splits = blocks >= threads ? 1 : (std::min)(panels, (threads + blocks - 1) / blocks);
        parallel(threads, std::ptrdiff_t{blocks} * splits, [&](int thread, Items& items) {
            float* const padded =
                reinterpret_cast<float*>(scratch + static_cast<std::size_t>(thread) * scratch_bytes_per_thread);
            items.for_each([&](std::ptrdiff_t item) {
                const int first = static_cast<int>(item / splits) * images;
                const int count = (std::min)(images, batch - first);
                Padded::copy(input + first * image_in, count, padded);
                const Range mine = share(panels, static_cast<int>(item % splits), splits);
                for (std::ptrdiff_t panel = mine.begin; panel < mine.end; ++panel)
                    run_panel(count, padded, packed, static_cast<int>(panel), output + first * image_out);
            });
        });
    }

private:
    static void pack(const Filters& filters, std::ptrdiff_t panel, float* packed) {
        const int first = static_cast<int>(panel) * columns;
        const int count = (std::min)(columns, Out - first);
        float* to = packed + panel * panel_size;
        for (int tap = 0; tap < 9; ++tap)
            for (int in = 0; in < In; ++in, to += columns) {
                for (int column = 0; column < count; ++column) to[column] = filters(tap, in, first + column);
                std::fill(to + count, to + columns, 0.0f);
            }
        float* const biases = packed + panels * panel_size + first;
        for (int column = 0; column < columns; ++column) biases[column] = filters.bias_of(first + column, Out);
    }

    static void run_panel(int count, const float* padded, const float* packed, int panel, T* output) {
        int image = 0;
        if constexpr (images_per_tile > 1)
            for (; image + images_per_tile <= count; image += images_per_tile)
                run_images<images_per_tile>(padded + image * Padded::size, packed, panel, output + image * image_out);
        for (; image < count; ++image)
            run_images<1>(padded + image * Padded::size, packed, panel, output + image * image_out);
    }

    template <int Images>
    static void run_images(const float* padded, const float* packed, int panel, T* output) {
        constexpr int full = Width < tile_rows ? Width : tile_rows; // columns of a full tile
        for (int h = 0; h < Height; ++h) {
            for (int w = 0; w + full <= Width; w += full) tile<Images, full>(padded, packed, panel, h, w, output);
            if constexpr (Width % full != 0)
                tile<Images, Width % full>(padded, packed, panel, h, Width - Width % full, output);
        }
    }

    /// Output pixels (h, w) to (h, w + Columns - 1) of `Images` images, for one panel of output channels.
    template <int Images, int Columns>
    static void tile(const float* padded, const float* packed, int panel, int h, int w, T* output) {
        constexpr int rows = Images * Columns;
        constexpr auto input_offset = [](auto r) {
            return static_cast<std::ptrdiff_t>(r / Columns) * Padded::size + r % Columns * In;
        };
        Accumulators<Arch, rows> sum;
        const float* const bias = packed + panels * panel_size + panel * columns;
        unrolled<rows>([&](auto r) {
            unrolled<Tile<Arch>::registers>([&](auto j) { sum.value[r][j] = load<V>(bias + j * lane_count<V>); });
        });
        const int first_tap = h == 0 ? 1 : 0;
        const int last_tap = h == Height - 1 ? 1 : 2;
        for (int kh = first_tap; kh <= last_tap; ++kh)
            multiply_accumulate(sum, padded + (h + kh - 1) * Padded::row + w * In, input_offset, 1,
                                packed + panel * panel_size + std::ptrdiff_t{kh} * 3 * In * columns, 3 * In);

        T* const to = output + (std::ptrdiff_t{h} * Width + w) * Out + panel * columns;
        const bool whole = Out % columns == 0 || panel < panels - 1;
        unrolled<rows>([&](auto r) {
            T* const row = to + r / Columns * image_out + r % Columns * Out;
            T part[std::size_t{columns}];
            T* const target = whole ? row : part;
            unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], target + j * lane_count<V>); });
            if constexpr (Out % columns != 0)
                if (!whole) std::copy_n(part, Out % columns, row);
        });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
