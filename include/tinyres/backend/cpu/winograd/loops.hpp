#pragma once

#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/winograd/blocks.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// 3x3 convolution with zero padding 1 by F(4x4, 3x3): forward, and, with the filters turned around and input and
/// output channels swapped, the gradient of the input. Tiles' patches are transformed, the (tiles, in) matrix of each
/// component is multiplied with the component's (in, out) filters, and the products are transformed back.
///
/// As a rule all filters are packed first, and each thread takes blocks of tiles, whose patches it keeps in its cache.
/// Where filters outweigh images (small images, many channels) the patches of many tiles are transformed first, and
/// each thread takes panels of output channels, whose filters it packs when it multiplies them: they stay in the cache
/// that the threads share.
///
/// Images are of type T, patches and filters what T is multiplied as; the products are added up in float, in one order.
/// Sizes are values: one compilation serves all layers. `Ragged`: the input channels leave single ones over behind the
/// last whole register.
template <class Arch, class T, bool Ragged>
class WinogradLoops {
    using V = Lanes<Arch>;
    using Blocks = WinogradBlocks<Arch, T>;
    using Factor = typename Blocks::Factor;
    using PackedFilters = WinogradPackedFilters<Arch, Factor>;
    static constexpr int columns = Blocks::columns;
    static constexpr int rows = Blocks::rows;
    static constexpr int depth = Blocks::depth;

public:
    /// Convolves `input`, (batch, height, width, in), outside of which lie `zeros`, a pixel.
    WinogradLoops(const Blocks& blocks, const T* input, const T* zeros)
        : blocks_(blocks), tiles_(blocks.sizes.input_tiles()), input_(input), zeros_(zeros) {}

    /// Overwrites `outputs`.
    template <class Outputs>
    void run(int threads, int batch, const Filters& filters, const Outputs& outputs, std::byte* scratch) const {
        const std::ptrdiff_t tiles = std::ptrdiff_t{batch} * tiles_.per_image();
        std::byte* const of_threads = scratch + blocks_.scratch_bytes();
        if (blocks_.filters_outweigh_images) {
            Factor* const patches = take<Factor>(scratch, blocks_.patches_size());
            for (std::ptrdiff_t first = 0; first < tiles; first += blocks_.block_tiles) {
                const std::ptrdiff_t count = std::min<std::ptrdiff_t>(blocks_.block_tiles, tiles - first);
                parallel_for(threads, (count + rows - 1) / rows, [&](std::ptrdiff_t row) {
                    transform_input(first, count, {row, row + 1}, patches);
                });
                run_panels(threads, patches, first, static_cast<int>(count), filters, outputs, of_threads);
            }
        } else {
            const PackedFilters packed = PackedFilters::in(scratch, blocks_.filters);
            parallel_for(threads, blocks_.panels, [&](std::ptrdiff_t panel) {
                packed.pack(filters, static_cast<int>(panel) * columns, static_cast<int>(panel));
            });
            run_blocks(threads, tiles, packed, outputs, of_threads);
        }
    }

private:
    /// The threads share blocks of tiles; the filters are packed.
    template <class Outputs>
    void run_blocks(int threads, std::ptrdiff_t tiles, const PackedFilters& packed, const Outputs& outputs,
                    std::byte* of_threads) const {
        // Few tiles: smaller blocks, and each block's output channels are shared out too, so that no thread stands
        // idle.
        constexpr std::ptrdiff_t grain = Outputs::sums_channels ? Blocks::part_tiles : 1;
        const std::ptrdiff_t grains = (tiles + grain - 1) / grain;
        const std::ptrdiff_t block =
            std::min<std::ptrdiff_t>(blocks_.block_tiles, (grains + threads - 1) / threads * grain);
        const std::ptrdiff_t blocks = (tiles + block - 1) / block;
        const int splits =
            blocks >= threads ? 1 : (std::min)(blocks_.groups, static_cast<int>((threads + blocks - 1) / blocks));
        parallel(threads, blocks * splits, [&](int thread, Items& items) {
            std::byte* mine = of_threads + static_cast<std::size_t>(thread) * blocks_.scratch_bytes_per_thread();
            Factor* const patches = take<Factor>(mine, blocks_.patches_size());
            float* const products = take<float>(mine, blocks_.products_size());
            items.for_each([&](std::ptrdiff_t item) {
                const std::ptrdiff_t first = item / splits * block;
                const std::ptrdiff_t count = (std::min)(block, tiles - first);
                transform_input(first, count, {0, (count + rows - 1) / rows}, patches);
                const Range my_groups = share(blocks_.groups, static_cast<int>(item % splits), splits);
                for (auto group = static_cast<int>(my_groups.begin); group < my_groups.end; ++group)
                    run_group(
                        patches, static_cast<int>(count), packed, group * blocks_.group_panels, products,
                        {group * blocks_.group_panels, (std::min)((group + 1) * blocks_.group_panels, blocks_.panels)},
                        first, outputs);
            });
        });
    }

    /// The threads share panels of output channels; the patches of `count` tiles are ready.
    template <class Outputs>
    void run_panels(int threads, const Factor* patches, std::ptrdiff_t first, int count, const Filters& filters,
                    const Outputs& outputs, std::byte* of_threads) const {
        // The patches of many tiles come by once for several panels, and so does each panel's packed filters.
        const int at_once = std::clamp((std::min)(blocks_.panels / threads, count / 32), 1, blocks_.group_panels);
        parallel(threads, (blocks_.panels + at_once - 1) / at_once, [&](int thread, Items& items) {
            std::byte* mine = of_threads + static_cast<std::size_t>(thread) * blocks_.scratch_bytes_per_thread();
            float* const products = take<float>(mine, blocks_.products_size());
            const PackedFilters packed = PackedFilters::in(mine, blocks_.filters);
            items.for_each([&](std::ptrdiff_t item) {
                const int panel = static_cast<int>(item) * at_once;
                const int end = (std::min)(panel + at_once, blocks_.panels);
                for (int i = panel; i < end; ++i) packed.pack(filters, i * columns, i - panel);
                run_group(patches, count, packed, 0, products, {panel, end}, first, outputs);
            });
        });
    }

    /// A block of tiles, the first of the batch's being `first_tile`, and some panels of output channels, whose packed
    /// panels begin with `first_packed`.
    template <class Outputs>
    void run_group(const Factor* patches, int count, const PackedFilters& packed, int first_packed, float* products,
                   Range my_panels, std::ptrdiff_t first_tile, const Outputs& outputs) const {
        multiply(patches, count, packed, first_packed, static_cast<int>(my_panels.end - my_panels.begin), products);
        const int first_channel = static_cast<int>(my_panels.begin) * columns;
        const int channels = (std::min)(static_cast<int>(my_panels.end) * columns, blocks_.sizes.out) - first_channel;
        for (int tile = 0; tile < count; ++tile)
            outputs.store_tile(first_tile + tile, first_channel, channels,
                               products + std::ptrdiff_t{tile} * blocks_.group_columns, blocks_.product_stride,
                               packed.biases + std::ptrdiff_t{first_packed} * columns);
    }

    /// patches (component, tile, patch_channels) of the `count` tiles from `first` on: those of `row_tiles`, counted in
    /// register tiles of `rows`. What lies between the last channel and patch_channels, and behind the last tile up to
    /// the next whole register tile, is filled with zeros: it could hold NaNs.
    void transform_input(std::ptrdiff_t first, std::ptrdiff_t count, Range row_tiles, Factor* patches) const {
        const int in = blocks_.sizes.in;
        const std::ptrdiff_t end = row_tiles.end * rows;
        for (std::ptrdiff_t tile = row_tiles.begin * rows; tile < (std::min)(end, count); ++tile) {
            Factor* const to = patches + tile * blocks_.patch_channels;
            winograd_transform_patches<Arch, Ragged>(
                std::array<std::array<const T*, Winograd::components>, 1>{tiles_.patch(input_, first + tile, zeros_)},
                in, to, blocks_.patch_stride, winograd_strip<Arch>);
            if (blocks_.patch_channels != in)
                for (int component = 0; component < Winograd::components; ++component)
                    to[component * blocks_.patch_stride + in] = Factor{};
        }
        if (end > count)
            for (int component = 0; component < Winograd::components; ++component)
                std::fill(patches + component * blocks_.patch_stride + count * blocks_.patch_channels,
                          patches + component * blocks_.patch_stride + end * blocks_.patch_channels, Factor{});
    }

    /// products (component, tile, group_columns).
    void multiply(const Factor* patches, int count, const PackedFilters& packed, int first_panel, int count_of_panels,
                  float* products) const {
        for (int component = 0; component < Winograd::components; ++component)
            for (int panel = 0; panel < count_of_panels; ++panel)
                for (int step = 0; step < blocks_.steps; step += Blocks::chunk_steps)
                    multiply_chunk(patches + component * blocks_.patch_stride, count,
                                   packed.panel(component, first_panel + panel), step,
                                   products + component * blocks_.product_stride + panel * columns);
    }

    /// One component of one panel: adds the steps from `first` on to the products, or sets them to the first ones.
    void multiply_chunk(const Factor* patches, int count, const Factor* panel, int first, float* products) const {
        const int end = (std::min)(first + Blocks::chunk_steps, blocks_.steps);
        const std::ptrdiff_t row_size = blocks_.group_columns;
        const std::ptrdiff_t patch_size = blocks_.patch_channels;
        for_row_tiles<Arch>((count + rows - 1) / rows * rows, [&](auto tile_rows, int tile) {
            Accumulators<Arch, tile_rows> sum;
            float* const to = products + tile * row_size;
            if (first == 0)
                clear(sum);
            else
                for_registers<tile_rows>(
                    [&](auto r, auto j) { sum.value[r][j] = load<V>(to + r * row_size + j * lane_count<V>); });
            multiply_accumulate(
                sum, patches + tile * patch_size + first * depth, [&](auto r) { return r * patch_size; }, depth,
                panel + std::ptrdiff_t{first} * depth * columns, end - first);
            for_registers<tile_rows>(
                [&](auto r, auto j) { store(sum.value[r][j], to + r * row_size + j * lane_count<V>); });
        });
    }

    template <int Rows, class Function>
    [[gnu::always_inline]] static void for_registers(Function function) {
        unrolled<Rows>([&](auto r) { unrolled<Tile<Arch>::registers>([&](auto j) { function(r, j); }); });
    }

    const Blocks& blocks_;
    WinogradTiles<> tiles_;
    const T* input_;
    const T* zeros_;
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
