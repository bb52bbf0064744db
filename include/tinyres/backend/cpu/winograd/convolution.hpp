#pragma once

#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/scratch.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres::inline TINYRES_ARCH {

/// 3x3 convolution with zero padding 1 by F(4x4, 3x3): forward, and, with the filters turned around and input and
/// output channels swapped, the gradient of the input. Each thread takes blocks of tiles: transforms their patches,
/// multiplies the (tiles, In) matrix of each component with the component's (In, Out) filters, transforms back.
///
/// Images are of type T, patches and filters what T is multiplied as; the products are added up in float. Filters are
/// packed as (component, panel, step, Tile::columns, depth) with the input channels in steps of depth_of_step.
template <class Arch, class T, int Height, int Width, int In, int Out>
class WinogradConvolution {
    using V = Lanes<Arch>;
    using Factor = Operand<Arch, T>;
    using InputTiles = WinogradTiles<T, Height, Width, In>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int panels = (Out + columns - 1) / columns;
    static constexpr int rows = Tile<Arch>::rows;
    static constexpr int depth = depth_of_step<Factor>;
    static constexpr int steps = steps_of<Factor>(In);
    static constexpr int patch_channels = steps * depth;
    // The products of a block's tiles with one group of output channels are transformed back while they are in cache.
    static constexpr int group_panels = std::min(panels, 128 / columns);
    static constexpr int groups = (panels + group_panels - 1) / group_panels;
    static constexpr int group_columns = group_panels * columns;
    // Few tiles, so that their patches and products stay in the second-level cache; more where the filters are so large
    // that reading them must pay.
    static constexpr int part_tiles = 16 * depth; // that are summed together
    static constexpr int block_tiles = std::ptrdiff_t{In} * Out <= 256 * 256 ? part_tiles : 4 * part_tiles;
    static_assert(part_tiles % rows == 0, "the last register tile of a block would reach beyond it");
    static constexpr std::ptrdiff_t patch_stride = staggered<Factor>(std::ptrdiff_t{block_tiles} * patch_channels);
    static constexpr std::ptrdiff_t product_stride = staggered<float>(std::ptrdiff_t{block_tiles} * group_columns);
    static constexpr std::ptrdiff_t panel_size = std::ptrdiff_t{patch_channels} * columns;
    static constexpr std::ptrdiff_t filter_stride = staggered<Factor>(panels * panel_size);
    static constexpr std::ptrdiff_t filters_size = Winograd::components * filter_stride;
    static constexpr std::ptrdiff_t patches_size = Winograd::components * patch_stride;
    static constexpr std::ptrdiff_t products_size = Winograd::components * product_stride;

public:
    /// Bytes of the packed filters with their biases behind them.
    static constexpr std::size_t packed_bytes = bytes_of<Factor>(filters_size) + bytes_of<float>(panels * columns);
    /// Bytes of scratch a thread.
    static constexpr std::size_t scratch_bytes_per_thread =
        bytes_of<Factor>(patches_size) + bytes_of<float>(products_size);

    /// Packs the filters and bias (Out), which may be null.
    static void pack(int threads, const Filters& filters, const float* bias, std::byte* packed) {
        Factor* const all_filters = take<Factor>(packed, filters_size);
        float* const biases = take<float>(packed, panels * columns);
        parallel_for(threads, panels, [&](std::ptrdiff_t panel) {
            const int first = static_cast<int>(panel) * columns;
            const int count = std::min(columns, Out - first);
            // Several input channels at a time, since one of the passes finds them side by side in memory.
            constexpr int block_steps = 16 / depth;
            float block[block_steps][depth][9][columns] = {};
            for (int step = 0; step < steps; step += block_steps) {
                const int first_in = step * depth;
                const int end_in = std::min(first_in + block_steps * depth, patch_channels);
                for (int tap = 0; tap < 9; ++tap)
                    for (int in = first_in; in < end_in; ++in)
                        for (int column = 0; column < count; ++column)
                            block[(in - first_in) / depth][in % depth][tap][column] =
                                in < In ? filters(tap, in, first + column) : 0.0f;
                for (int s = step; s < std::min(step + block_steps, steps); ++s)
                    winograd_transform_filters<Arch>(
                        block[s - step], all_filters + panel * panel_size + s * columns * depth, filter_stride);
            }
            for (int column = 0; column < columns; ++column)
                biases[first + column] = bias && column < count ? bias[first + column] : 0.0f;
        });
    }

    /// Whether tiles consist of whole windows, so that `run` can pool.
    template <int Window>
    static constexpr bool pools = Winograd::outputs % Window == 0;

    /// Whether `run` can read images of this type instead of stored ones.
    template <class Images>
    static constexpr bool reads = false;

    /// What `run` writes may be summed on the way; the sums' parts are tiles that follow each other.
    static constexpr bool sums_channels = true;
    static constexpr int most_parts_of_image = (InputTiles::per_image + part_tiles - 1) / part_tiles;
    static constexpr std::ptrdiff_t parts(int batch) {
        return (std::ptrdiff_t{batch} * InputTiles::per_image + part_tiles - 1) / part_tiles;
    }

    /// How many windows of Window x Window of a channel a part has.
    template <int Window>
    static double values_of_part(int batch, std::ptrdiff_t part) {
        using Tiles = WinogradTiles<char, Height / Window, Width / Window, 1, Winograd::outputs / Window>;
        const std::ptrdiff_t end = std::min((part + 1) * part_tiles, std::ptrdiff_t{batch} * Tiles::per_image);
        int values = 0;
        for (std::ptrdiff_t tile = part * part_tiles; tile < end; ++tile) values += Tiles::pixels_inside(tile);
        return values;
    }

    /// The output (batch, Height, Width, Out), and how a tile of it is stored, `channels` from `first_channel` on.
    template <class Sums>
    struct Outputs {
        static constexpr bool sums_channels = !std::is_same_v<Sums, NoSums>;
        T* images;
        Sums sums;

        void store_tile(std::ptrdiff_t tile, int first_channel, int channels, const float* products,
                        const float* bias) const {
            T* const nowhere = nullptr;
            winograd_transform_outputs<Arch, ragged<Arch, Out>>(
                products, product_stride, bias, channels,
                WinogradTiles<T, Height, Width, Out>::pixels(images + first_channel, tile, nowhere),
                sums_of_tile(sums, images, tile, first_channel));
        }
    };

    /// The same pooled, (batch, Height / Window, Width / Window, Out), with the maxima's places unless they are null.
    template <int Window, class Sums>
    struct PooledOutputs {
        static constexpr bool sums_channels = !std::is_same_v<Sums, NoSums>;
        T* images;
        std::byte* places;
        Sums sums;

        void store_tile(std::ptrdiff_t tile, int first_channel, int channels, const float* products,
                        const float* bias) const {
            using Tiles = WinogradTiles<T, Height / Window, Width / Window, Out, Winograd::outputs / Window>;
            T* const nowhere = nullptr;
            std::byte* const no_place = nullptr;
            decltype(Tiles::pixels(places, tile, no_place)) tile_places{};
            if (places) tile_places = Tiles::pixels(places + first_channel, tile, no_place);
            winograd_transform_pooled_outputs<Arch, ragged<Arch, Out>, Window>(
                products, product_stride, bias, channels, Tiles::pixels(images + first_channel, tile, nowhere),
                tile_places, sums_of_tile(sums, images, tile, first_channel));
        }
    };

    /// The convolution of `input`, (batch, Height, Width, In); overwrites.
    template <class OutputsOfTiles>
    static void run(int threads, int batch, const T* input, std::byte* packed, OutputsOfTiles outputs,
                    std::byte* scratch) {
        const Factor* const filters = take<Factor>(packed, filters_size);
        const float* const biases = take<float>(packed, panels * columns);
        const std::ptrdiff_t tiles = std::ptrdiff_t{batch} * InputTiles::per_image;
        // Few tiles: smaller blocks, and each block's output channels are shared out too, so that no thread stands
        // idle.
        constexpr std::ptrdiff_t grain = OutputsOfTiles::sums_channels ? part_tiles : 1;
        const std::ptrdiff_t grains = (tiles + grain - 1) / grain;
        const std::ptrdiff_t block = std::min<std::ptrdiff_t>(block_tiles, (grains + threads - 1) / threads * grain);
        const std::ptrdiff_t blocks = (tiles + block - 1) / block;
        const int splits = blocks >= threads ? 1 : std::min(groups, static_cast<int>((threads + blocks - 1) / blocks));
        parallel(threads, [&](int thread, int) {
            std::byte* mine = scratch + static_cast<std::size_t>(thread) * scratch_bytes_per_thread;
            Factor* const patches = take<Factor>(mine, patches_size);
            float* const products = take<float>(mine, products_size);
            for_each_on_free_threads(blocks * splits, [&](std::ptrdiff_t item) {
                const std::ptrdiff_t first = item / splits * block;
                const int count = static_cast<int>(std::min(block, tiles - first));
                transform_input(input, first, count, patches);
                const Range my_groups = share(groups, static_cast<int>(item % splits), splits);
                for (std::ptrdiff_t group = my_groups.begin; group < my_groups.end; ++group) {
                    multiply(patches, filters, static_cast<int>(group), count, products);
                    transform_output(products, biases, static_cast<int>(group), first, count, outputs);
                }
            });
        });
    }

private:
    template <class Sums>
    static TileSums<Sums, T> sums_of_tile(const Sums& sums, const T* images, std::ptrdiff_t tile, int first_channel) {
        return {sums, images, tile / InputTiles::per_image, tile / part_tiles, tile % part_tiles == 0, first_channel};
    }

    /// patches (component, tile, patch_channels). What lies between the last channel and patch_channels, and behind the
    /// last tile up to the next whole register tile, is filled with zeros, lest it hold NaNs.
    static void transform_input(const T* input, std::ptrdiff_t first, int count, Factor* patches) {
        for (int tile = 0; tile < count; ++tile) {
            Factor* const to = patches + std::ptrdiff_t{tile} * patch_channels;
            winograd_transform_patches<Arch, ragged<Arch, In>>(
                std::array<std::array<const T*, Winograd::components>, 1>{InputTiles::patch(input, first + tile)}, In,
                to, patch_stride, winograd_strip<Arch>);
            if constexpr (patch_channels != In)
                for (int component = 0; component < Winograd::components; ++component)
                    to[component * patch_stride + In] = Factor{};
        }
        const int end = (count + rows - 1) / rows * rows;
        for (int component = 0; component < Winograd::components; ++component)
            std::fill(patches + component * patch_stride + std::ptrdiff_t{count} * patch_channels,
                      patches + component * patch_stride + std::ptrdiff_t{end} * patch_channels, Factor{});
    }

    /// products (component, tile, group_columns).
    static void multiply(const Factor* patches, const Factor* filters, int group, int count, float* products) {
        const int first_panel = group * group_panels;
        const int end_panel = std::min(first_panel + group_panels, panels);
        for (int component = 0; component < Winograd::components; ++component)
            for (int panel = first_panel; panel < end_panel; ++panel)
                for (int tile = 0; tile < count; tile += rows) {
                    Accumulators<Arch, rows> sum;
                    clear(sum);
                    multiply_accumulate(
                        sum, patches + component * patch_stride + std::ptrdiff_t{tile} * patch_channels,
                        [](auto r) { return static_cast<std::ptrdiff_t>(r) * patch_channels; }, depth,
                        filters + component * filter_stride + panel * panel_size, steps);
                    float* const to = products + component * product_stride + std::ptrdiff_t{tile} * group_columns +
                                      (panel - first_panel) * columns;
                    unrolled<rows>([&](auto r) {
                        unrolled<Tile<Arch>::registers>(
                            [&](auto j) { store(sum.value[r][j], to + r * group_columns + j * lane_count<V>); });
                    });
                }
    }

    template <class OutputsOfTiles>
    static void transform_output(const float* products, const float* bias, int group, std::ptrdiff_t first, int count,
                                 const OutputsOfTiles& outputs) {
        const int first_channel = group * group_columns;
        const int channels = std::min(group_columns, Out - first_channel);
        for (int tile = 0; tile < count; ++tile)
            outputs.store_tile(first + tile, first_channel, channels, products + std::ptrdiff_t{tile} * group_columns,
                               bias + first_channel);
    }
};

} // namespace tinyres::inline TINYRES_ARCH
