#pragma once

#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/scratch.hpp"
#include "tinyres/backend/cpu/winograd/outputs.hpp"
#include "tinyres/backend/cpu/winograd/packed_filters.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// 3x3 convolution with zero padding 1 by F(4x4, 3x3): forward, and, with the filters turned around and input and
/// output channels swapped, the gradient of the input. Tiles' patches are transformed, the (tiles, In) matrix of each
/// component is multiplied with the component's (In, Out) filters, and the products are transformed back.
///
/// As a rule all filters are packed first, and each thread takes blocks of tiles, whose patches it keeps in its cache.
/// Where filters outweigh images (small images, many channels) the patches of many tiles are transformed first, and
/// each thread takes panels of output channels, whose filters it packs when it multiplies them: they stay in the cache
/// that the threads share.
///
/// Images are of type T, patches and filters what T is multiplied as; the products are added up in float, in one order.
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
    static constexpr int part_tiles = 16 * depth; // that are summed together
    static_assert(part_tiles % rows == 0, "the last register tile of a block would reach beyond it");
    using Parts = WinogradParts<Height, Width, part_tiles>;

    // The components of the filters are as many as those of the patches of Out tiles: the images that they outweigh are
    // those of a small batch. They must be so many, too, that all of them would leave the cache.
    static constexpr bool filters_outweigh_images =
        Out >= 32 * InputTiles::per_image && std::ptrdiff_t{In} * Out >= 256 * 256;

    // The products of a block's tiles with one group of output channels are transformed back while they are in cache.
    static constexpr int group_panels = (std::min)(panels, (filters_outweigh_images ? 64 : 128) / columns);
    static constexpr int groups = (panels + group_panels - 1) / group_panels;
    static constexpr int group_columns = group_panels * columns;
    // So few tiles that a component of their patches stays in the second-level cache, and so many that reading the
    // filters from the third pays.
    static constexpr int block_tiles = filters_outweigh_images                 ? 256
                                       : std::ptrdiff_t{In} * Out <= 256 * 256 ? 32
                                                                               : 4 * part_tiles;
    // A panel's filters are multiplied by chunks of the input channels that leave half of the first-level cache free.
    static constexpr int chunk_steps = 16 * 1024 / static_cast<int>(columns * depth * sizeof(Factor));
    static_assert(block_tiles % part_tiles == 0);
    using PackedFilters = WinogradPackedFilters<Arch, Factor, In, Out, filters_outweigh_images ? group_panels : panels>;

    static constexpr std::ptrdiff_t patch_stride = staggered<Factor>(std::ptrdiff_t{block_tiles} * patch_channels);
    static constexpr std::ptrdiff_t product_stride = staggered<float>(std::ptrdiff_t{block_tiles} * group_columns);
    static constexpr std::ptrdiff_t patches_size = Winograd::components * patch_stride;
    static constexpr std::ptrdiff_t products_size = Winograd::components * product_stride;
    static constexpr std::size_t patches_bytes = bytes_of<Factor>(patches_size);

public:
    /// Bytes of scratch that all threads share, and of each thread.
    static constexpr std::size_t scratch_bytes = filters_outweigh_images ? patches_bytes : PackedFilters::bytes;
    static constexpr std::size_t scratch_bytes_per_thread =
        bytes_of<float>(products_size) + (filters_outweigh_images ? PackedFilters::bytes : patches_bytes);

    /// Whether tiles consist of whole windows, so that `run` can pool.
    template <int Window>
    static constexpr bool pools = Winograd::outputs % Window == 0;

    /// Whether `run` can read images of this type instead of stored ones.
    template <class Images>
    static constexpr bool reads = false;

    /// What `run` writes; it may be summed on the way, in parts.
    template <class Sums>
    using Outputs = WinogradOutputs<Arch, T, Height, Width, Out, part_tiles, Sums>;
    template <int Window, class Sums>
    using PooledOutputs = WinogradPooledOutputs<Arch, T, Height, Width, Out, part_tiles, Window, Sums>;
    static constexpr bool sums_channels = true;
    static constexpr int most_parts_of_image = Parts::most_of_image;
    static constexpr std::ptrdiff_t parts(int batch) { return Parts::count(batch); }
    /// How many windows of Window x Window of a channel a part has.
    template <int Window>
    static double values_of_part(int batch, std::ptrdiff_t part) {
        return Parts::template values_of<Window>(batch, part);
    }

    /// The convolution of `input`, (batch, Height, Width, In); overwrites.
    template <class OutputsOfTiles>
    static void run(int threads, int batch, const T* input, const Filters& filters, const OutputsOfTiles& outputs,
                    std::byte* scratch) {
        const std::ptrdiff_t tiles = std::ptrdiff_t{batch} * InputTiles::per_image;
        std::byte* const of_threads = scratch + scratch_bytes;
        if constexpr (filters_outweigh_images) {
            Factor* const patches = take<Factor>(scratch, patches_size);
            for (std::ptrdiff_t first = 0; first < tiles; first += block_tiles) {
                const std::ptrdiff_t count = std::min<std::ptrdiff_t>(block_tiles, tiles - first);
                parallel_for(threads, (count + rows - 1) / rows, [&](std::ptrdiff_t row) {
                    transform_input(input, first, count, {row, row + 1}, patches);
                });
                run_panels(threads, patches, first, static_cast<int>(count), filters, outputs, of_threads);
            }
        } else {
            const PackedFilters packed = PackedFilters::in(scratch);
            parallel_for(threads, panels, [&](std::ptrdiff_t panel) {
                packed.pack(filters, static_cast<int>(panel) * columns, static_cast<int>(panel));
            });
            run_blocks(threads, input, tiles, packed, outputs, of_threads);
        }
    }

private:
    /// The threads share blocks of tiles; the filters are packed.
    template <class OutputsOfTiles>
    static void run_blocks(int threads, const T* input, std::ptrdiff_t tiles, const PackedFilters& packed,
                           const OutputsOfTiles& outputs, std::byte* of_threads) {
        // Few tiles: smaller blocks, and each block's output channels are shared out too, so that no thread stands
        // idle.
        constexpr std::ptrdiff_t grain = OutputsOfTiles::sums_channels ? part_tiles : 1;
        const std::ptrdiff_t grains = (tiles + grain - 1) / grain;
        const std::ptrdiff_t block = std::min<std::ptrdiff_t>(block_tiles, (grains + threads - 1) / threads * grain);
        const std::ptrdiff_t blocks = (tiles + block - 1) / block;
        const int splits =
            blocks >= threads ? 1 : (std::min)(groups, static_cast<int>((threads + blocks - 1) / blocks));
        parallel(threads, blocks * splits, [&](int thread, Items& items) {
            std::byte* mine = of_threads + static_cast<std::size_t>(thread) * scratch_bytes_per_thread;
            Factor* const patches = take<Factor>(mine, patches_size);
            float* const products = take<float>(mine, products_size);
            items.for_each([&](std::ptrdiff_t item) {
                const std::ptrdiff_t first = item / splits * block;
                const std::ptrdiff_t count = (std::min)(block, tiles - first);
                transform_input(input, first, count, {0, (count + rows - 1) / rows}, patches);
                const Range my_groups = share(groups, static_cast<int>(item % splits), splits);
                for (auto group = static_cast<int>(my_groups.begin); group < my_groups.end; ++group)
                    run_group(patches, static_cast<int>(count), packed, group * group_panels, products,
                              {group * group_panels, (std::min)((group + 1) * group_panels, panels)}, first, outputs);
            });
        });
    }

    /// The threads share panels of output channels; the patches of `count` tiles are ready.
    template <class OutputsOfTiles>
    static void run_panels(int threads, const Factor* patches, std::ptrdiff_t first, int count, const Filters& filters,
                           const OutputsOfTiles& outputs, std::byte* of_threads) {
        // The patches of many tiles come by once for several panels, and so does each panel's packed filters.
        const int at_once = std::clamp((std::min)(panels / threads, count / 32), 1, group_panels);
        parallel(threads, (panels + at_once - 1) / at_once, [&](int thread, Items& items) {
            std::byte* mine = of_threads + static_cast<std::size_t>(thread) * scratch_bytes_per_thread;
            float* const products = take<float>(mine, products_size);
            const PackedFilters packed = PackedFilters::in(mine);
            items.for_each([&](std::ptrdiff_t item) {
                const int panel = static_cast<int>(item) * at_once;
                const int end = (std::min)(panel + at_once, panels);
                for (int i = panel; i < end; ++i) packed.pack(filters, i * columns, i - panel);
                run_group(patches, count, packed, 0, products, {panel, end}, first, outputs);
            });
        });
    }

    /// A block of tiles, the first of the batch's being `first_tile`, and some panels of output channels, whose packed
    /// panels begin with `first_packed`.
    template <class OutputsOfTiles>
    static void run_group(const Factor* patches, int count, const PackedFilters& packed, int first_packed,
                          float* products, Range my_panels, std::ptrdiff_t first_tile, const OutputsOfTiles& outputs) {
        multiply(patches, count, packed, first_packed, static_cast<int>(my_panels.end - my_panels.begin), products);
        const int first_channel = static_cast<int>(my_panels.begin) * columns;
        const int channels = (std::min)(static_cast<int>(my_panels.end) * columns, Out) - first_channel;
        for (int tile = 0; tile < count; ++tile)
            outputs.store_tile(first_tile + tile, first_channel, channels,
                               products + std::ptrdiff_t{tile} * group_columns, product_stride,
                               packed.biases + std::ptrdiff_t{first_packed} * columns);
    }

    /// patches (component, tile, patch_channels) of the `count` tiles from `first` on: those of `row_tiles`, counted in
    /// register tiles of `rows`. What lies between the last channel and patch_channels, and behind the last tile up to
    /// the next whole register tile, is filled with zeros: it could hold NaNs.
    static void transform_input(const T* input, std::ptrdiff_t first, std::ptrdiff_t count, Range row_tiles,
                                Factor* patches) {
        const std::ptrdiff_t end = row_tiles.end * rows;
        for (std::ptrdiff_t tile = row_tiles.begin * rows; tile < (std::min)(end, count); ++tile) {
            Factor* const to = patches + tile * patch_channels;
            winograd_transform_patches<Arch, ragged<Arch, In>>(
                std::array<std::array<const T*, Winograd::components>, 1>{InputTiles::patch(input, first + tile)}, In,
                to, patch_stride, winograd_strip<Arch>);
            if constexpr (patch_channels != In)
                for (int component = 0; component < Winograd::components; ++component)
                    to[component * patch_stride + In] = Factor{};
        }
        if (end > count)
            for (int component = 0; component < Winograd::components; ++component)
                std::fill(patches + component * patch_stride + count * patch_channels,
                          patches + component * patch_stride + end * patch_channels, Factor{});
    }

    /// products (component, tile, group_columns).
    static void multiply(const Factor* patches, int count, const PackedFilters& packed, int first_panel,
                         int count_of_panels, float* products) {
        for (int component = 0; component < Winograd::components; ++component)
            for (int panel = 0; panel < count_of_panels; ++panel)
                for (int step = 0; step < steps; step += chunk_steps)
                    multiply_chunk(patches + component * patch_stride, count,
                                   packed.panel(component, first_panel + panel), step,
                                   products + component * product_stride + panel * columns);
    }

    /// One component of one panel: adds the steps from `first` on to the products, or sets them to the first ones.
    static void multiply_chunk(const Factor* patches, int count, const Factor* panel, int first, float* products) {
        const int end = (std::min)(first + chunk_steps, steps);
        for_row_tiles<Arch>((count + rows - 1) / rows * rows, [&](auto tile_rows, int tile) {
            Accumulators<Arch, tile_rows> sum;
            float* const to = products + std::ptrdiff_t{tile} * group_columns;
            if (first == 0)
                clear(sum);
            else
                for_registers<tile_rows>(
                    [&](auto r, auto j) { sum.value[r][j] = load<V>(to + r * group_columns + j * lane_count<V>); });
            multiply_accumulate(
                sum, patches + std::ptrdiff_t{tile} * patch_channels + first * depth,
                [](auto r) { return static_cast<std::ptrdiff_t>(r) * patch_channels; }, depth,
                panel + std::ptrdiff_t{first} * depth * columns, end - first);
            for_registers<tile_rows>(
                [&](auto r, auto j) { store(sum.value[r][j], to + r * group_columns + j * lane_count<V>); });
        });
    }

    template <int Rows, class Function>
    [[gnu::always_inline]] static void for_registers(Function function) {
        unrolled<Rows>([&](auto r) { unrolled<Tile<Arch>::registers>([&](auto j) { function(r, j); }); });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
