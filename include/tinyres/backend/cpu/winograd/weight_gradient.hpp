#pragma once

#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres::inline TINYRES_ARCH {

/// The gradient of a 3x3 convolution's weights, (3, 3, In, Out), by F(4x4, 3x3), summed over all tiles:
///
///     dW = G' [sum of (B' x B) * (A dy A')] G
///
/// All threads transform a block of tiles into shared memory and add up the components' products, each product on one
/// thread, in the order of the tiles: the result does not depend on the number of threads.
template <class Arch, int Height, int Width, int In, int Out>
class WinogradWeightGradient {
    using V = Lanes<Arch>;
    using InputTiles = WinogradTiles<Height, Width, In>;
    using OutputTiles = WinogradTiles<Height, Width, Out>;
    static constexpr int rows = Tile<Arch>::rows;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int strip = winograd_strip<Arch>;
    static constexpr int strips = (In + strip - 1) / strip;
    static constexpr int panels = (Out + columns - 1) / columns;
    // The gradients of one group of output channels at a time are transformed.
    static constexpr int group_panels = std::min(panels, 128 / columns);
    static constexpr int groups = (panels + group_panels - 1) / group_panels;
    static constexpr int block_tiles = Height * Width >= 256 ? 128 : 512;
    // One component after the other, a little apart so that they do not fall on the same lines of the cache.
    static constexpr std::ptrdiff_t patch_stride = std::ptrdiff_t{strips} * block_tiles * strip + 16;
    static constexpr std::ptrdiff_t gradient_stride = std::ptrdiff_t{group_panels} * block_tiles * columns + 16;
    static constexpr std::ptrdiff_t sum_row = std::ptrdiff_t{panels} * columns;
    static constexpr std::ptrdiff_t sum_stride = strips * strip * sum_row + 16;

public:
    /// Floats of scratch that all threads share.
    static constexpr std::ptrdiff_t scratch_size =
        Winograd::components * (patch_stride + gradient_stride + sum_stride) + gradient_stride;

    static constexpr std::ptrdiff_t scratch_size_per_thread = 0;

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`.
    static void run(int threads, int batch, const float* input, const float* output_gradient, float* weight_gradient,
                    float* bias_gradient, float* scratch) {
        float* const patches = scratch;
        float* const gradients = patches + Winograd::components * patch_stride;
        float* const sums = gradients + (Winograd::components + 1) * gradient_stride;
        const std::ptrdiff_t tiles = std::ptrdiff_t{batch} * InputTiles::per_image;
        parallel(threads, [&](int thread, int thread_count) {
            for (std::ptrdiff_t first = 0; first < tiles; first += block_tiles) {
                const int count = static_cast<int>(std::min<std::ptrdiff_t>(block_tiles, tiles - first));
                const Range mine = share(count, thread, thread_count);
                transform_input(input, first, mine, patches);
                for (int group = 0; group < groups; ++group) {
                    transform_gradient(output_gradient, first, mine, group, gradients);
                    wait_for_all_threads();
                    const Range products = share(Winograd::components * strips, thread, thread_count);
                    for (std::ptrdiff_t product = products.begin; product < products.end; ++product)
                        multiply(patches, gradients, static_cast<int>(product / strips),
                                 static_cast<int>(product % strips), group, count, first == 0, sums);
                    if (bias_gradient) {
                        const Range mine_too = share(panels_of(group), thread, thread_count);
                        for (std::ptrdiff_t panel = mine_too.begin; panel < mine_too.end; ++panel)
                            add_tile_sums(gradients, static_cast<int>(panel), group, count, first == 0, bias_gradient);
                    }
                    wait_for_all_threads();
                }
            }
            const Range mine = share(In, thread, thread_count);
            for (std::ptrdiff_t in = mine.begin; in < mine.end; ++in)
                winograd_transform_filter_gradient<Arch, ragged<Arch, Out>>(
                    sums + in * sum_row, sum_stride, Out, weight_gradient + in * Out, std::ptrdiff_t{In} * Out);
        });
    }

private:
    static constexpr int panels_of(int group) { return std::min(group_panels, panels - group * group_panels); }

    /// patches (component, strip of input channels, tile, channel of the strip).
    static void transform_input(const float* input, std::ptrdiff_t first, Range tiles, float* patches) {
        for (std::ptrdiff_t tile = tiles.begin; tile < tiles.end; ++tile) {
            winograd_transform_patch<Arch, ragged<Arch, In>>(InputTiles::patch(input, first + tile), In,
                                                             patches + tile * strip, patch_stride,
                                                             std::ptrdiff_t{block_tiles} * strip);
            if constexpr (In % strip != 0)
                for (int component = 0; component < Winograd::components; ++component)
                    std::fill_n(patches + component * patch_stride +
                                    ((strips - 1) * std::ptrdiff_t{block_tiles} + tile) * strip + In % strip,
                                strip - In % strip, 0.0f);
        }
    }

    /// gradients (component, panel of the group, tile, column of the panel); one component more is the tiles' sums.
    static void transform_gradient(const float* output_gradient, std::ptrdiff_t first, Range tiles, int group,
                                   float* gradients) {
        const int first_channel = group * group_panels * columns;
        const int channels = std::min(group_panels * columns, Out - first_channel);
        for (std::ptrdiff_t tile = tiles.begin; tile < tiles.end; ++tile) {
            winograd_transform_gradient<Arch, ragged<Arch, Out>>(
                OutputTiles::pixels(output_gradient + first_channel, first + tile, &OutputTiles::zeros[0]), channels,
                gradients + tile * columns, gradient_stride, std::ptrdiff_t{block_tiles} * columns);
            if constexpr (Out % columns != 0)
                if (group == groups - 1)
                    for (int component = 0; component <= Winograd::components; ++component)
                        std::fill_n(gradients + component * gradient_stride +
                                        (channels / columns * std::ptrdiff_t{block_tiles} + tile) * columns +
                                        channels % columns,
                                    columns - channels % columns, 0.0f);
        }
    }

    /// sums (component, input channel, output channel) += patches' * gradients of one component, strip and group.
    static void multiply(const float* patches, const float* gradients, int component, int part, int group, int count,
                         bool first, float* sums) {
        const int end_panel = panels_of(group);
        for (int panel = 0; panel < end_panel; ++panel)
            for (int row = 0; row < strip; row += rows) {
                float* const to = sums + component * sum_stride + (part * strip + row) * sum_row +
                                  (group * group_panels + panel) * columns;
                Accumulators<Arch, rows> sum;
                clear(sum);
                multiply_accumulate(
                    sum, patches + component * patch_stride + std::ptrdiff_t{part} * block_tiles * strip + row,
                    [](auto r) { return static_cast<std::ptrdiff_t>(r); }, strip,
                    gradients + component * gradient_stride + std::ptrdiff_t{panel} * block_tiles * columns, count);
                unrolled<rows>([&](auto r) {
                    unrolled<Tile<Arch>::registers>([&](auto j) {
                        float* const at = to + r * sum_row + j * lane_count<V>;
                        store(first ? sum.value[r][j] : load<V>(at) + sum.value[r][j], at);
                    });
                });
            }
    }

    /// bias_gradient[c] (+)= the sums of the tiles of one panel, which are the gradients' last component.
    static void add_tile_sums(const float* gradients, int panel, int group, int count, bool first,
                              float* bias_gradient) {
        const float* from =
            gradients + Winograd::components * gradient_stride + std::ptrdiff_t{panel} * block_tiles * columns;
        float sums[columns] = {};
        for (int tile = 0; tile < count; ++tile, from += columns)
            for (int column = 0; column < columns; ++column) sums[column] += from[column];
        const int first_channel = (group * group_panels + panel) * columns;
        for (int column = 0; column < std::min(columns, Out - first_channel); ++column) {
            float& sum = bias_gradient[first_channel + column];
            sum = first ? sums[column] : sum + sums[column];
        }
    }
};

} // namespace tinyres::inline TINYRES_ARCH
