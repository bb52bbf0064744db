#pragma once

#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/winograd/blocks.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// How the gradient of a 3x3 convolution's weights cuts its work: strips of input channels, panels of output channels,
/// blocks of tiles.
template <class Arch, class T>
struct WinogradGradientBlocks {
    using Factor = Operand<Arch, T>;
    static constexpr int rows = Tile<Arch>::rows;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int depth = depth_of_step<Factor>;
    static constexpr int strip = winograd_strip<Arch>;

    WinogradSizes sizes;
    int strips = (sizes.in + strip - 1) / strip;
    int panels = (sizes.out + columns - 1) / columns;
    // The gradients of one group of output channels at a time are transformed.
    int group_panels = (std::min)(panels, 128 / columns);
    int groups = (panels + group_panels - 1) / group_panels;
    int group_columns = group_panels * columns;
    int block_tiles = sizes.height * sizes.width >= 256 ? 128 : 512;
    std::ptrdiff_t sum_stride = staggered<float>(std::ptrdiff_t{strips} * strip * group_columns);

    constexpr std::ptrdiff_t group_sums_size() const { return Winograd::components * sum_stride; }
    constexpr std::ptrdiff_t step_sums_size() const { return std::ptrdiff_t{block_tiles / depth} * group_columns; }
    constexpr std::ptrdiff_t sums_size() const { return groups * group_sums_size(); }
    constexpr int panels_of(int group) const { return (std::min)(group_panels, panels - group * group_panels); }

    /// How the components of some steps lie: closely, so that those of small batches stay in the cache.
    struct Strides {
        std::ptrdiff_t strip_stride, patch_stride, panel_stride, gradient_stride;
    };
    constexpr Strides strides_of(int steps) const {
        const std::ptrdiff_t strip_stride = std::ptrdiff_t{steps} * depth * strip;
        const std::ptrdiff_t panel_stride = std::ptrdiff_t{steps} * depth * columns;
        return {strip_stride, staggered<Factor>(strips * strip_stride), panel_stride,
                staggered<Factor>(group_panels * panel_stride)};
    }
    constexpr std::ptrdiff_t patches_size() const {
        return Winograd::components * strides_of(block_tiles / depth).patch_stride;
    }
    constexpr std::ptrdiff_t gradients_size() const {
        return Winograd::components * strides_of(block_tiles / depth).gradient_stride;
    }

    /// Bytes of scratch that all threads share.
    constexpr std::size_t scratch_bytes() const {
        return bytes_of<Factor>(patches_size()) + bytes_of<Factor>(gradients_size()) +
               bytes_of<float>(step_sums_size()) + bytes_of<float>(sums_size());
    }
};

/// The gradient of a 3x3 convolution's weights, (3, 3, in, out), by F(4x4, 3x3), summed over all tiles:
///
///     dW = G' [sum of (B' x B) * (A dy A')] G
///
/// A block of tiles is transformed into shared memory, then the components' products are added up, each by one thread,
/// in the order of the tiles: the result does not depend on the number of threads. Images are of type T, components
/// what T is multiplied as, all sums float.
/// Sizes are values: one compilation serves all layers. `RaggedIn`, `RaggedOut`: input or output channels leave single
/// ones over behind the last whole register.
template <class Arch, class T, bool RaggedIn, bool RaggedOut>
class WinogradWeightGradientLoops {
    using V = Lanes<Arch>;
    using Blocks = WinogradGradientBlocks<Arch, T>;
    using Factor = typename Blocks::Factor;
    using Strides = typename Blocks::Strides;
    static constexpr int rows = Blocks::rows;
    static constexpr int columns = Blocks::columns;
    static constexpr int depth = Blocks::depth;
    static constexpr int strip = Blocks::strip;

public:
    /// What is read, and a pixel of zeros for what lies outside of the images.
    struct Images {
        const T* input;
        const T* input_zeros;
        const T* output_gradient;
        const T* output_zeros;
    };

    WinogradWeightGradientLoops(const Blocks& blocks, const Images& images) : blocks_(blocks), images_(images) {}

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`.
    void run(int threads, int batch, float* weight_gradient, float* bias_gradient, std::byte* scratch) const {
        Factor* const patches = take<Factor>(scratch, blocks_.patches_size());
        Factor* const gradients = take<Factor>(scratch, blocks_.gradients_size());
        float* const step_sums = take<float>(scratch, blocks_.step_sums_size());
        float* const sums = take<float>(scratch, blocks_.sums_size());
        const std::ptrdiff_t tiles = std::ptrdiff_t{batch} * blocks_.sizes.input_tiles().per_image();
        const Strides strides = blocks_.strides_of(
            steps_of<Factor>(static_cast<int>(std::min<std::ptrdiff_t>(blocks_.block_tiles, tiles))));
        for (std::ptrdiff_t first = 0; first < tiles; first += blocks_.block_tiles) {
            const int steps =
                steps_of<Factor>(static_cast<int>(std::min<std::ptrdiff_t>(blocks_.block_tiles, tiles - first)));
            for (int group = 0; group < blocks_.groups; ++group) {
                parallel_for(threads, steps, [&](std::ptrdiff_t step) {
                    if (group == 0) transform_input(first, tiles, step, strides, patches);
                    transform_gradient(first, tiles, step, group, strides, gradients, step_sums);
                });
                // Where one block is all, the groups take turns in the same memory, which stays in the cache.
                float* const of_group = sums + (tiles <= blocks_.block_tiles ? 0 : group) * blocks_.group_sums_size();
                const std::ptrdiff_t products = std::ptrdiff_t{Winograd::components} * blocks_.strips;
                parallel_for(threads, products + (bias_gradient ? blocks_.panels_of(group) : 0),
                             [&](std::ptrdiff_t item) {
                                 if (item < products)
                                     multiply(patches, gradients, static_cast<int>(item / blocks_.strips),
                                              static_cast<int>(item % blocks_.strips), group, steps, strides,
                                              first == 0, of_group);
                                 else
                                     add_step_sums(step_sums, static_cast<int>(item - products), group, steps,
                                                   first == 0, bias_gradient);
                             });
                if (first + blocks_.block_tiles >= tiles)
                    parallel_for(threads, blocks_.sizes.in,
                                 [&](std::ptrdiff_t in) { transform_sums(of_group, in, group, weight_gradient); });
            }
        }
    }

private:
    /// `pixels_of(tile)` of the tiles of one step; those beyond the last tile are zeros.
    template <class PixelsOf>
    static auto tiles_of_step(std::ptrdiff_t tile, std::ptrdiff_t tiles, const T* zeros, PixelsOf pixels_of) {
        std::array<decltype(pixels_of(tile)), static_cast<std::size_t>(depth)> step;
        for (auto& pixels : step) {
            if (tile < tiles)
                pixels = pixels_of(tile);
            else
                pixels.fill(zeros);
            ++tile;
        }
        return step;
    }

    /// patches (component, strip of input channels, step, channel of the strip, depth) of one step.
    void transform_input(std::ptrdiff_t first, std::ptrdiff_t tiles, std::ptrdiff_t step, const Strides& strides,
                         Factor* patches) const {
        Factor* const to = patches + step * strip * depth;
        winograd_transform_patches<Arch, RaggedIn>(tiles_of_step(first + step * depth, tiles, images_.input_zeros,
                                                                 [&](std::ptrdiff_t tile) {
                                                                     return blocks_.sizes.input_tiles().patch(
                                                                         images_.input, tile, images_.input_zeros);
                                                                 }),
                                                   blocks_.sizes.in, to, strides.patch_stride, strides.strip_stride);
        if (blocks_.sizes.in % strip != 0)
            for (int component = 0; component < Winograd::components; ++component)
                std::fill_n(to + component * strides.patch_stride + (blocks_.strips - 1) * strides.strip_stride +
                                blocks_.sizes.in % strip * depth,
                            (strip - blocks_.sizes.in % strip) * depth, Factor{});
    }

    /// gradients (component, panel of the group, step, column of the panel, depth) and step_sums (step, group_columns)
    /// of one step.
    void transform_gradient(std::ptrdiff_t first, std::ptrdiff_t tiles, std::ptrdiff_t step, int group,
                            const Strides& strides, Factor* gradients, float* step_sums) const {
        const int first_channel = group * blocks_.group_columns;
        const int channels = (std::min)(blocks_.group_columns, blocks_.sizes.out - first_channel);
        const auto pixels_of = [&](std::ptrdiff_t tile) {
            return blocks_.sizes.output_tiles().pixels(images_.output_gradient + first_channel, tile,
                                                       images_.output_zeros);
        };
        Factor* const to = gradients + step * columns * depth;
        winograd_transform_gradients<Arch, RaggedOut>(
            tiles_of_step(first + step * depth, tiles, images_.output_zeros, pixels_of), channels, to,
            strides.gradient_stride, strides.panel_stride, step_sums + step * blocks_.group_columns);
        if (blocks_.sizes.out % columns != 0 && group == blocks_.groups - 1)
            for (int component = 0; component < Winograd::components; ++component)
                std::fill_n(to + component * strides.gradient_stride + channels / columns * strides.panel_stride +
                                channels % columns * depth,
                            (columns - channels % columns) * depth, Factor{});
    }

    /// sums (component, input channel, group_columns) += patches' * gradients of one component, strip and group.
    void multiply(const Factor* patches, const Factor* gradients, int component, int part, int group, int steps,
                  const Strides& strides, bool first, float* sums) const {
        const int end_panel = blocks_.panels_of(group);
        const int channels = (std::min)(strip, blocks_.sizes.in - part * strip);
        for (int panel = 0; panel < end_panel; ++panel)
            for_row_tiles<Arch>((channels + rows - 1) / rows * rows, [&](auto tile_rows, int row) {
                float* const to = sums + component * blocks_.sum_stride +
                                  (part * strip + row) * std::ptrdiff_t{blocks_.group_columns} + panel * columns;
                Accumulators<Arch, tile_rows> sum;
                clear(sum);
                multiply_accumulate(
                    sum, patches + component * strides.patch_stride + part * strides.strip_stride + row * depth,
                    [](auto r) { return static_cast<std::ptrdiff_t>(r) * depth; }, strip * depth,
                    gradients + component * strides.gradient_stride + panel * strides.panel_stride, steps);
                unrolled<tile_rows>([&](auto r) {
                    unrolled<Tile<Arch>::registers>([&](auto j) {
                        float* const at = to + r * blocks_.group_columns + j * lane_count<V>;
                        store(first ? sum.value[r][j] : V(load<V>(at) + sum.value[r][j]), at);
                    });
                });
            });
    }

    /// The gradients of the weights of an input channel and a group of output channels.
    void transform_sums(const float* sums, std::ptrdiff_t in, int group, float* weight_gradient) const {
        const int first_channel = group * blocks_.group_columns;
        const int channels = (std::min)(blocks_.group_columns, blocks_.sizes.out - first_channel);
        winograd_transform_filter_gradient<Arch, RaggedOut>(sums + in * blocks_.group_columns, blocks_.sum_stride,
                                                            channels,
                                                            weight_gradient + in * blocks_.sizes.out + first_channel,
                                                            std::ptrdiff_t{blocks_.sizes.in} * blocks_.sizes.out);
    }

    /// bias_gradient[c] (+)= the sums of a block's steps, for one panel of the group.
    void add_step_sums(const float* step_sums, int panel, int group, int steps, bool first,
                       float* bias_gradient) const {
        const float* from = step_sums + panel * columns;
        const int first_channel = (group * blocks_.group_panels + panel) * columns;
        const int count = (std::min)(columns, blocks_.sizes.out - first_channel);
        float sums[std::size_t{columns}] = {};
        for (int step = 0; step < steps; ++step, from += blocks_.group_columns)
            for (int column = 0; column < count; ++column) sums[column] += from[column];
        for (int column = 0; column < count; ++column) {
            float& sum = bias_gradient[first_channel + column];
            sum = first ? sums[column] : sum + sums[column];
        }
    }

    const Blocks& blocks_;
    Images images_;
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
