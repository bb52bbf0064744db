#pragma once

#include "tinyres/backend/cpu/amx/outputs.hpp"
#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/normalized_images.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/transpose.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// 3x3 convolution with zero padding 1 of bfloat16 images on a matrix unit, as an implicit matrix product: forward,
/// and, with the filters turned around and input and output channels swapped, the gradient of the input.
///
/// A thread copies a group of images (ImageGroups) to (chunk of 32 channels, row, place, 32): any 16 places that follow
/// each other are a tile. Filters are packed as (panel of 32 output channels, chunk, tap, half a panel, tile). Rows
/// outside the image are skipped. Every output is summed in one order: chunk, tap, channel.
template <class Tiles, class Arch, int Height, int Width, int In, int Out>
class AmxConvolution {
    using Groups = ImageGroups<Height, Width>;
    static constexpr int block = Groups::block;
    static constexpr int chunk_channels = TileSize::depth;
    static constexpr int chunks = (In + chunk_channels - 1) / chunk_channels;
    static constexpr int columns = 2 * TileSize::columns;
    static constexpr int panels = (Out + columns - 1) / columns;
    static constexpr std::ptrdiff_t row_size = std::ptrdiff_t{Groups::padded_row} * chunk_channels;
    static constexpr std::ptrdiff_t chunk_size = Height * row_size;
    static constexpr std::ptrdiff_t group_size = chunks * chunk_size + std::ptrdiff_t{Groups::slack} * chunk_channels;
    static constexpr std::ptrdiff_t tap_size = 2 * TileSize::elements;
    static constexpr std::ptrdiff_t panel_size = chunks * 9 * tap_size;
    static constexpr std::ptrdiff_t row_sums = detail::RowSums<Height, Width>::size;
    static constexpr int most_rows = (std::min)(Height, 4); // that are pooled together
    static constexpr std::ptrdiff_t sums_size = most_rows * row_sums;

public:
    /// Bytes of scratch that all threads share, for the packed filters with their biases behind them, and of each
    /// thread.
    static constexpr std::size_t scratch_bytes =
        bytes_of<bfloat16>(panels * panel_size) + bytes_of<float>(panels * columns);
    static constexpr std::size_t scratch_bytes_per_thread = bytes_of<bfloat16>(group_size) + bytes_of<float>(sums_size);

    /// Whether `run` can pool.
    template <int Window>
    static constexpr bool pools = Window <= most_rows&& Height % Window == 0 && Width % Window == 0;

    /// Whether `run` can read images of this type instead of stored ones.
    template <class Images>
    static constexpr bool reads = is_normalized<Images, bfloat16>&& In % chunk_channels == 0;

    /// What `run` writes, summing its channels on the way; the sums' parts are groups of images.
    template <class Sums>
    using Outputs = AmxOutputs<Arch, Height, Width, Out, Sums>;
    template <int Window, class Sums>
    using PooledOutputs = AmxPooledOutputs<Arch, Height, Width, Out, Window, Sums>;
    static constexpr bool sums_channels = true;
    static constexpr int most_parts_of_image = 1;
    static constexpr std::ptrdiff_t parts(int batch) { return Groups::count(batch); }
    /// How many windows of Window x Window of a channel a part has.
    template <int Window>
    static double values_of_part(int batch, std::ptrdiff_t part) {
        const auto images = std::min<std::ptrdiff_t>(Groups::images, batch - part * Groups::images);
        return static_cast<double>(images * (Height / Window) * (Width / Window));
    }

    /// The convolution of `images`, (batch, Height, Width, In), stored or normalized while they are read; overwrites.
    template <class Images, class OutputRows>
    static void run(int threads, int batch, const Images& images, const Filters& filters, OutputRows outputs,
                    std::byte* scratch) {
        bfloat16* const tiles = take<bfloat16>(scratch, panels * panel_size);
        float* const biases = take<float>(scratch, panels * columns);
        pack(threads, filters, tiles, biases);
        const std::ptrdiff_t groups = Groups::count(batch);
        // Few images: each group's panels are shared out too, so that no thread stands idle.
        const int splits =
            groups >= 2 * threads ? 1 : (std::min)(panels, static_cast<int>((2 * threads + groups - 1) / groups));
        parallel(threads, groups * splits, [&](int thread, Items& items) {
            const typename Tiles::Session session;
            std::byte* mine = scratch + static_cast<std::size_t>(thread) * scratch_bytes_per_thread;
            bfloat16* const group_images = take<bfloat16>(mine, group_size);
            float* const sums = take<float>(mine, sums_size);
            std::ptrdiff_t copied = -1;
            items.for_each([&](std::ptrdiff_t item) {
                const std::ptrdiff_t group = item / splits;
                const std::ptrdiff_t first = group * Groups::images;
                const int count = static_cast<int>(std::min<std::ptrdiff_t>(Groups::images, batch - first));
                if (copied < 0) // zeros: columns at the sides, channels that there are not
                    std::fill_n(group_images, group_size, bfloat16{});
                if (group != copied) copy_group(images, first, count, group_images);
                copied = group;
                const Range my_panels = share(panels, static_cast<int>(item % splits), splits);
                for (auto panel = static_cast<int>(my_panels.begin); panel < my_panels.end; ++panel)
                    for (int row = 0; row < Height; row += OutputRows::rows) {
                        for (int r = 0; r < OutputRows::rows; ++r)
                            multiply_row(group_images, tiles + panel * panel_size, row + r, sums + r * row_sums);
                        outputs.store(group, count, row, panel, sums, biases + panel * columns);
                    }
            });
        });
    }

private:
    static void pack(int threads, const Filters& filters, bfloat16* tiles, float* biases) {
        parallel_for(threads, std::ptrdiff_t{panels} * chunks, [&](std::ptrdiff_t item) {
            const int panel = static_cast<int>(item / chunks);
            const int first_in = static_cast<int>(item % chunks) * chunk_channels;
            bfloat16* to = tiles + item * 9 * tap_size;
            for (int tap = 0; tap < 9; ++tap)
                for (int half = 0; half < 2; ++half, to += TileSize::elements)
                    pack_tile(filters, tap, first_in, panel * columns + half * TileSize::columns, to);
        });
        for (int out = 0; out < panels * columns; ++out) biases[out] = filters.bias_of(out, Out);
    }

    /// One tile of filters: 32 input channels from `first_in`, 16 output channels from `first_out`; zeros beyond.
    static void pack_tile(const Filters& filters, int tap, int first_in, int first_out, bfloat16* to) {
        const int ins = (std::min)(chunk_channels, In - first_in);
        const int outs = (std::min)(TileSize::columns, Out - first_out);
        const bool whole = ins == chunk_channels && outs == TileSize::columns;
        if (whole && filters.out_stride == 1) {
            pack_rows(filters.at(tap, first_in, first_out), filters.in_stride, to);
        } else if (whole && filters.in_stride == 1) {
            pack_turned_rows(filters.at(tap, first_in, first_out), filters.out_stride, to);
        } else {
            float values[chunk_channels][TileSize::columns] = {};
            for (int in = 0; in < ins; ++in)
                for (int out = 0; out < outs; ++out) values[in][out] = filters(tap, first_in + in, first_out + out);
            pack_rows(values[0], TileSize::columns, to);
        }
    }

    /// The same from 16 rows of 32 floats, `stride` apart. A function of its own, since g++ 12 compiles it wrongly for
    /// SSE as part of the other.
    static void pack_turned_rows(const float* rows, std::ptrdiff_t stride, bfloat16* to) {
        using V = Lanes<Arch>;
        detail::SixteenWords words[TileSize::columns];
        for (int out = 0; out < TileSize::columns; ++out) {
            bfloat16 rounded[chunk_channels];
            for (int in = 0; in < chunk_channels; in += lane_count<V>)
                store(load<V>(rows + out * stride + in), rounded + in);
            std::memcpy(&words[out], rounded, sizeof(rounded));
        }
        detail::transpose<16>(words);
        std::memcpy(to, words, sizeof(words));
    }

    /// The same from 32 rows of 16 floats, `stride` apart.
    static void pack_rows(const float* rows, std::ptrdiff_t stride, bfloat16* to) {
        using V = Lanes<Arch>;
        for (int in = 0; in < chunk_channels; in += 2)
            for (int out = 0; out < TileSize::columns; out += lane_count<V>)
                store_interleaved(load<V>(rows + in * stride + out), load<V>(rows + (in + 1) * stride + out),
                                  to + (in / 2 * TileSize::columns + out) * 2);
    }

    /// From a group's first place to that of a pixel, of the first chunk.
    static constexpr std::ptrdiff_t place(int row, int x, int image) {
        return row * row_size + (std::ptrdiff_t{x + 1} * Groups::images + image) * chunk_channels;
    }

    /// to (chunk, row, place, 32) from `count` images. The places of images that a group lacks keep what they hold:
    /// their sums are not stored.
    static void copy_group(const bfloat16* images, std::ptrdiff_t first_image, int count, bfloat16* to) {
        constexpr int whole_chunks = In / chunk_channels;
        const bfloat16* from = images + first_image * (Height * Width * In);
        for (int image = 0; image < count; ++image)
            for (int row = 0; row < Height; ++row)
                for (int x = 0; x < Width; ++x, from += In) {
                    bfloat16* const pixel = to + place(row, x, image);
                    for (int chunk = 0; chunk < whole_chunks; ++chunk)
                        std::memcpy(pixel + chunk * chunk_size, from + chunk * chunk_channels,
                                    chunk_channels * sizeof(bfloat16));
                    if constexpr (In % chunk_channels != 0)
                        std::memcpy(pixel + whole_chunks * chunk_size, from + whole_chunks * chunk_channels,
                                    In % chunk_channels * sizeof(bfloat16));
                }
    }

    template <class Rectify>
    static void copy_group(const NormalizedImages<bfloat16, Rectify>& images, std::ptrdiff_t first_image, int count,
                           bfloat16* to) {
        using V = Lanes<Arch>;
        constexpr int registers = chunk_channels / lane_count<V>;
        for (int image = 0; image < count; ++image)
            for (int chunk = 0; chunk < chunks; ++chunk) {
                typename NormalizedImages<bfloat16, Rectify>::template Reader<V> readers[std::size_t{registers}];
                unrolled<registers>([&](auto j) {
                    readers[j] =
                        images.template reader<V>(first_image + image, chunk * chunk_channels + j * lane_count<V>);
                });
                const bfloat16* from =
                    images.images + (first_image + image) * (Height * Width * In) + chunk * chunk_channels;
                for (int row = 0; row < Height; ++row)
                    for (int x = 0; x < Width; ++x, from += In)
                        unrolled<registers>([&](auto j) {
                            store(readers[j](from + j * lane_count<V>),
                                  to + chunk * chunk_size + place(row, x, image) + j * lane_count<V>);
                        });
            }
    }

    /// sums (place, columns) of one row of a group.
    static void multiply_row(const bfloat16* group_images, const bfloat16* filters, int row, float* sums) {
        const int first_tap_row = row == 0 ? 1 : 0;
        const int end_tap_row = row == Height - 1 ? 2 : 3;
        for (int b = 0; b < Groups::blocks; ++b) {
            Tiles::template clear<2>();
            for (int chunk = 0; chunk < chunks; ++chunk)
                for (int kh = first_tap_row; kh < end_tap_row; ++kh) {
                    const bfloat16* const from = group_images + chunk * chunk_size + (row + kh - 1) * row_size +
                                                 std::ptrdiff_t{b} * block * chunk_channels;
                    const bfloat16* const taps = filters + (chunk * 9 + kh * 3) * tap_size;
                    unrolled<3>([&](auto kw) __attribute__((always_inline)) {
                        Tiles::template multiply_add<2>(from + kw * Groups::images * chunk_channels,
                                                        taps + kw * tap_size,
                                                        taps + kw * tap_size + TileSize::elements);
                    });
                }
            Tiles::template store<2>(sums + std::ptrdiff_t{b} * block * columns);
        }
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
