#pragma once

#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres::inline TINYRES_ARCH {

/// 3x3 convolution with zero padding 1 by F(4x4, 3x3): forward, and, with the filters turned around and input and
/// output channels swapped, the gradient of the input. Each thread takes blocks of tiles: transforms their patches,
/// multiplies the (tiles, In) matrix of each component with the component's (In, Out) filters, transforms back.
///
/// Filters are packed as (component, panel, In, Tile::columns).
template <class Arch, int Height, int Width, int In, int Out>
class WinogradConvolution {
    using V = Lanes<Arch>;
    using InputTiles = WinogradTiles<Height, Width, In>;
    using OutputTiles = WinogradTiles<Height, Width, Out>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int panels = (Out + columns - 1) / columns;
    static constexpr int rows = Tile<Arch>::rows;
    // The products of a block's tiles with one group of output channels are transformed back while they are in cache.
    static constexpr int group_panels = std::min(panels, 128 / columns);
    static constexpr int groups = (panels + group_panels - 1) / group_panels;
    static constexpr int group_columns = group_panels * columns;
    // Few tiles, so that their patches and products stay in the second-level cache; more where the filters are so large
    // that reading them must pay.
    static constexpr int block_tiles = std::ptrdiff_t{In} * Out <= 256 * 256 ? 16 : 64;
    static_assert(block_tiles % rows == 0, "the last register tile of a block would reach beyond it");
    // One component after the other, a little apart so that they do not fall on the same lines of the cache.
    static constexpr std::ptrdiff_t patch_stride = std::ptrdiff_t{block_tiles} * In + 16;
    static constexpr std::ptrdiff_t product_stride = std::ptrdiff_t{block_tiles} * group_columns + 16;
    static constexpr std::ptrdiff_t panel_size = std::ptrdiff_t{In} * columns;
    static constexpr std::ptrdiff_t filter_stride = panels * panel_size + 16;

public:
    /// Floats of the packed filters with their biases behind them.
    static constexpr std::ptrdiff_t packed_size = Winograd::components * filter_stride + panels * columns;
    /// Floats of scratch a thread.
    static constexpr std::ptrdiff_t scratch_size_per_thread = Winograd::components * (patch_stride + product_stride);

    /// Packs the filters, `weight(tap, in, out)` with the taps row by row, and bias (Out), which may be null.
    template <class Weight>
    static void pack(int threads, Weight weight, const float* bias, float* packed) {
        parallel_for(threads, panels, [&](std::ptrdiff_t panel) {
            const int first = static_cast<int>(panel) * columns;
            const int count = std::min(columns, Out - first);
            float filters[9][columns] = {};
            for (int in = 0; in < In; ++in) {
                for (int tap = 0; tap < 9; ++tap)
                    for (int column = 0; column < count; ++column)
                        filters[tap][column] = weight(tap, in, first + column);
                float* const to = packed + panel * panel_size + in * columns;
                winograd_transform_filters<Arch>(&filters[0][0], to, filter_stride);
            }
            float* const biases = packed + Winograd::components * filter_stride + first;
            for (int column = 0; column < columns; ++column)
                biases[column] = bias && column < count ? bias[first + column] : 0.0f;
        });
    }

    /// output (batch, Height, Width, Out) from input (batch, Height, Width, In); overwrites.
    static void run(int threads, int batch, const float* input, const float* packed, float* output, float* scratch) {
        const std::ptrdiff_t tiles = std::ptrdiff_t{batch} * InputTiles::per_image;
        // Few tiles: smaller blocks, and each block's output channels are shared out too, so that no thread stands
        // idle.
        const std::ptrdiff_t block = std::min<std::ptrdiff_t>(block_tiles, (tiles + threads - 1) / threads);
        const std::ptrdiff_t blocks = (tiles + block - 1) / block;
        const int splits = blocks >= threads ? 1 : std::min(groups, static_cast<int>((threads + blocks - 1) / blocks));
        parallel(threads, [&](int thread, int thread_count) {
            float* const patches = scratch + thread * scratch_size_per_thread;
            float* const products = patches + Winograd::components * patch_stride;
            const Range items = share(blocks * splits, thread, thread_count);
            for (std::ptrdiff_t item = items.begin; item < items.end; ++item) {
                const std::ptrdiff_t first = item / splits * block;
                const int count = static_cast<int>(std::min(block, tiles - first));
                transform_input(input, first, count, patches);
                const Range mine = share(groups, static_cast<int>(item % splits), splits);
                for (std::ptrdiff_t group = mine.begin; group < mine.end; ++group) {
                    multiply(patches, packed, static_cast<int>(group), count, products);
                    transform_output(products, packed + Winograd::components * filter_stride, static_cast<int>(group),
                                     first, count, output);
                }
            }
        });
    }

private:
    /// patches (component, tile, In). Rows up to the next whole register tile are filled, lest they hold NaNs.
    static void transform_input(const float* input, std::ptrdiff_t first, int count, float* patches) {
        for (int tile = 0; tile < count; ++tile) {
            winograd_transform_patch<Arch, ragged<Arch, In>>(InputTiles::patch(input, first + tile), In,
                                                             patches + std::ptrdiff_t{tile} * In, patch_stride,
                                                             winograd_strip<Arch>);
        }
        const int end = (count + rows - 1) / rows * rows;
        for (int component = 0; component < Winograd::components; ++component)
            std::fill(patches + component * patch_stride + std::ptrdiff_t{count} * In,
                      patches + component * patch_stride + std::ptrdiff_t{end} * In, 0.0f);
    }

    /// products (component, tile, group_columns).
    static void multiply(const float* patches, const float* packed, int group, int count, float* products) {
        const int first_panel = group * group_panels;
        const int end_panel = std::min(first_panel + group_panels, panels);
        for (int component = 0; component < Winograd::components; ++component)
            for (int panel = first_panel; panel < end_panel; ++panel)
                for (int tile = 0; tile < count; tile += rows) {
                    Accumulators<Arch, rows> sum;
                    clear(sum);
                    multiply_accumulate(
                        sum, patches + component * patch_stride + std::ptrdiff_t{tile} * In,
                        [](auto r) { return static_cast<std::ptrdiff_t>(r) * In; }, 1,
                        packed + component * filter_stride + panel * panel_size, In);
                    float* const to = products + component * product_stride + std::ptrdiff_t{tile} * group_columns +
                                      (panel - first_panel) * columns;
                    unrolled<rows>([&](auto r) {
                        unrolled<Tile<Arch>::registers>(
                            [&](auto j) { store(sum.value[r][j], to + r * group_columns + j * lane_count<V>); });
                    });
                }
    }

    static void transform_output(const float* products, const float* bias, int group, std::ptrdiff_t first, int count,
                                 float* output) {
        const int first_channel = group * group_columns;
        const int channels = std::min(group_columns, Out - first_channel);
        for (int tile = 0; tile < count; ++tile) {
            float* const nowhere = nullptr;
            winograd_transform_outputs<Arch, ragged<Arch, Out>>(
                products + std::ptrdiff_t{tile} * group_columns, product_stride, bias + first_channel, channels,
                OutputTiles::pixels(output + first_channel, first + tile, nowhere));
        }
    }
};

} // namespace tinyres::inline TINYRES_ARCH
