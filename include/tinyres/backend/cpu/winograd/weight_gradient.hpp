#pragma once

#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/scratch.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The gradient of a 3x3 convolution's weights, (3, 3, In, Out), by F(4x4, 3x3), summed over all tiles:
///
///     dW = G' [sum of (B' x B) * (A dy A')] G
///
/// A block of tiles is transformed into shared memory, then the components' products are added up, each by one thread,
/// in the order of the tiles: the result does not depend on the number of threads. Images are of type T, components
/// what T is multiplied as, all sums float.
template <class Arch, class T, int Height, int Width, int In, int Out>
class WinogradWeightGradient {
    using V = Lanes<Arch>;
    using Factor = Operand<Arch, T>;
    using InputTiles = WinogradTiles<T, Height, Width, In>;
    using OutputTiles = WinogradTiles<T, Height, Width, Out>;
    static constexpr int rows = Tile<Arch>::rows;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int depth = depth_of_step<Factor>;
    static constexpr int strip = winograd_strip<Arch>;
    static constexpr int strips = (In + strip - 1) / strip;
    static constexpr int panels = (Out + columns - 1) / columns;
    // The gradients of one group of output channels at a time are transformed.
    static constexpr int group_panels = (std::min)(panels, 128 / columns);
    static constexpr int groups = (panels + group_panels - 1) / group_panels;
    static constexpr int group_columns = group_panels * columns;
    static constexpr int block_tiles = Height * Width >= 256 ? 128 : 512;
    static constexpr int block_steps = block_tiles / depth;
    static constexpr std::ptrdiff_t sum_stride = staggered<float>(std::ptrdiff_t{strips} * strip * group_columns);
    static constexpr std::ptrdiff_t group_sums_size = Winograd::components * sum_stride;
    static constexpr std::ptrdiff_t step_sums_size = std::ptrdiff_t{block_steps} * group_columns;
    static constexpr std::ptrdiff_t sums_size = groups * group_sums_size;

    /// How the components of up to `steps` steps lie: closely, so that those of small batches stay in the cache.
    struct Strides {
        std::ptrdiff_t strip_stride, patch_stride, panel_stride, gradient_stride;

        explicit constexpr Strides(int steps)
            : strip_stride(std::ptrdiff_t{steps} * depth * strip),
              patch_stride(staggered<Factor>(strips * strip_stride)),
              panel_stride(std::ptrdiff_t{steps} * depth * columns),
              gradient_stride(staggered<Factor>(group_panels * panel_stride)) {}
    };
    static constexpr std::ptrdiff_t patches_size = Winograd::components * Strides(block_steps).patch_stride;
    static constexpr std::ptrdiff_t gradients_size = Winograd::components * Strides(block_steps).gradient_stride;

public:
    /// Bytes of scratch that all threads share.
    static constexpr std::size_t scratch_bytes = bytes_of<Factor>(patches_size) + bytes_of<Factor>(gradients_size) +
                                                 bytes_of<float>(step_sums_size) + bytes_of<float>(sums_size);
    static constexpr std::size_t scratch_bytes_per_thread = 0;

    /// `run` reads stored images only.
    template <class Images>
    static constexpr bool reads = false;

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`.
    static void run(int threads, int batch, const T* input, const T* output_gradient, float* weight_gradient,
                    float* bias_gradient, std::byte* scratch) {
        Factor* const patches = take<Factor>(scratch, patches_size);
        Factor* const gradients = take<Factor>(scratch, gradients_size);
        float* const step_sums = take<float>(scratch, step_sums_size);
        float* const sums = take<float>(scratch, sums_size);
        const std::ptrdiff_t tiles = std::ptrdiff_t{batch} * InputTiles::per_image;
        const Strides strides(steps_of<Factor>(static_cast<int>(std::min<std::ptrdiff_t>(block_tiles, tiles))));
        for (std::ptrdiff_t first = 0; first < tiles; first += block_tiles) {
            const int steps = steps_of<Factor>(static_cast<int>(std::min<std::ptrdiff_t>(block_tiles, tiles - first)));
            for (int group = 0; group < groups; ++group) {
                parallel_for(threads, steps, [&](std::ptrdiff_t step) {
                    if (group == 0) transform_input(input, first, tiles, step, strides, patches);
                    transform_gradient(output_gradient, first, tiles, step, group, strides, gradients, step_sums);
                });
                // Where one block is all, the groups take turns in the same memory, which stays in the cache.
                float* const of_group = sums + (tiles <= block_tiles ? 0 : group) * group_sums_size;
                constexpr std::ptrdiff_t products = std::ptrdiff_t{Winograd::components} * strips;
                parallel_for(threads, products + (bias_gradient ? panels_of(group) : 0), [&](std::ptrdiff_t item) {
                    if (item < products)
                        multiply(patches, gradients, static_cast<int>(item / strips), static_cast<int>(item % strips),
                                 group, steps, strides, first == 0, of_group);
                    else
                        add_step_sums(step_sums, static_cast<int>(item - products), group, steps, first == 0,
                                      bias_gradient);
                });
                if (first + block_tiles >= tiles)
                    parallel_for(threads, In,
                                 [&](std::ptrdiff_t in) { transform_sums(of_group, in, group, weight_gradient); });
            }
        }
    }

private:
    static constexpr int panels_of(int group) { return (std::min)(group_panels, panels - group * group_panels); }

    /// `pixels_of(tile)` of the tiles of one step; those beyond the last tile are zeros.
    template <class Tiles, class PixelsOf>
    static auto tiles_of_step(std::ptrdiff_t tile, std::ptrdiff_t tiles, PixelsOf pixels_of) {
        std::array<decltype(pixels_of(tile)), static_cast<std::size_t>(depth)> step;
        for (auto& pixels : step) {
            if (tile < tiles)
                pixels = pixels_of(tile);
            else
                pixels.fill(&Tiles::zeros[0]);
            ++tile;
        }
        return step;
    }

    /// patches (component, strip of input channels, step, channel of the strip, depth) of one step.
    static void transform_input(const T* input, std::ptrdiff_t first, std::ptrdiff_t tiles, std::ptrdiff_t step,
                                const Strides& strides, Factor* patches) {
        Factor* const to = patches + step * strip * depth;
        winograd_transform_patches<Arch, ragged<Arch, In>>(
            tiles_of_step<InputTiles>(first + step * depth, tiles,
                                      [&](std::ptrdiff_t tile) { return InputTiles::patch(input, tile); }),
            In, to, strides.patch_stride, strides.strip_stride);
        if constexpr (In % strip != 0)
            for (int component = 0; component < Winograd::components; ++component)
                std::fill_n(to + component * strides.patch_stride + (strips - 1) * strides.strip_stride +
                                In % strip * depth,
                            (strip - In % strip) * depth, Factor{});
    }

    /// gradients (component, panel of the group, step, column of the panel, depth) and step_sums (step, group_columns)
    /// of one step.
    static void transform_gradient(const T* output_gradient, std::ptrdiff_t first, std::ptrdiff_t tiles,
                                   std::ptrdiff_t step, int group, const Strides& strides, Factor* gradients,
                                   float* step_sums) {
        const int first_channel = group * group_columns;
        const int channels = (std::min)(group_columns, Out - first_channel);
        const auto pixels_of = [&](std::ptrdiff_t tile) {
            return OutputTiles::pixels(output_gradient + first_channel, tile, &OutputTiles::zeros[0]);
        };
        Factor* const to = gradients + step * columns * depth;
        winograd_transform_gradients<Arch, ragged<Arch, Out>>(
            tiles_of_step<OutputTiles>(first + step * depth, tiles, pixels_of), channels, to, strides.gradient_stride,
            strides.panel_stride, step_sums + step * group_columns);
        if constexpr (Out % columns != 0)
            if (group == groups - 1)
                for (int component = 0; component < Winograd::components; ++component)
                    std::fill_n(to + component * strides.gradient_stride + channels / columns * strides.panel_stride +
                                    channels % columns * depth,
                                (columns - channels % columns) * depth, Factor{});
    }

    /// sums (component, input channel, group_columns) += patches' * gradients of one component, strip and group.
    static void multiply(const Factor* patches, const Factor* gradients, int component, int part, int group, int steps,
                         const Strides& strides, bool first, float* sums) {
        const int end_panel = panels_of(group);
        const int channels = (std::min)(strip, In - part * strip);
        for (int panel = 0; panel < end_panel; ++panel)
            for_row_tiles<Arch>((channels + rows - 1) / rows * rows, [&](auto tile_rows, int row) {
                float* const to = sums + component * sum_stride + (part * strip + row) * std::ptrdiff_t{group_columns} +
                                  panel * columns;
                Accumulators<Arch, tile_rows> sum;
                clear(sum);
                multiply_accumulate(
                    sum, patches + component * strides.patch_stride + part * strides.strip_stride + row * depth,
                    [](auto r) { return static_cast<std::ptrdiff_t>(r) * depth; }, strip * depth,
                    gradients + component * strides.gradient_stride + panel * strides.panel_stride, steps);
                unrolled<tile_rows>([&](auto r) {
                    unrolled<Tile<Arch>::registers>([&](auto j) {
                        float* const at = to + r * group_columns + j * lane_count<V>;
                        store(first ? sum.value[r][j] : V(load<V>(at) + sum.value[r][j]), at);
                    });
                });
            });
    }

    /// The gradients of the weights of an input channel and a group of output channels.
    static void transform_sums(const float* sums, std::ptrdiff_t in, int group, float* weight_gradient) {
        const int first_channel = group * group_columns;
        const int channels = (std::min)(group_columns, Out - first_channel);
        winograd_transform_filter_gradient<Arch, ragged<Arch, Out>>(sums + in * group_columns, sum_stride, channels,
                                                                    weight_gradient + in * Out + first_channel,
                                                                    std::ptrdiff_t{In} * Out);
    }

    /// bias_gradient[c] (+)= the sums of a block's steps, for one panel of the group.
    static void add_step_sums(const float* step_sums, int panel, int group, int steps, bool first,
                              float* bias_gradient) {
        const float* from = step_sums + panel * columns;
        const int first_channel = (group * group_panels + panel) * columns;
        const int count = (std::min)(columns, Out - first_channel);
        float sums[std::size_t{columns}] = {};
        for (int step = 0; step < steps; ++step, from += group_columns)
            for (int column = 0; column < count; ++column) sums[column] += from[column];
        for (int column = 0; column < count; ++column) {
            float& sum = bias_gradient[first_channel + column];
            sum = first ? sums[column] : sum + sums[column];
        }
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
