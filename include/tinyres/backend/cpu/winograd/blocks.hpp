#pragma once

#include "tinyres/backend/cpu/scratch.hpp"
#include "tinyres/backend/cpu/winograd/outputs.hpp"
#include "tinyres/backend/cpu/winograd/packed_filters.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A 3x3 convolution with zero padding 1, or one of its gradients.
struct WinogradSizes {
    int height;
    int width;
    int in;
    int out;

    constexpr WinogradTiles<> input_tiles() const { return {height, width, in}; }
    constexpr WinogradTiles<> output_tiles() const { return {height, width, out}; }
};

/// How WinogradLoops cuts its work: panels of output channels, steps of input channels, blocks of tiles.
template <class Arch, class T>
struct WinogradBlocks {
    using Factor = Operand<Arch, T>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int rows = Tile<Arch>::rows;
    static constexpr int depth = depth_of_step<Factor>;
    static constexpr int part_tiles = 16 * depth; // that are summed together
    static_assert(part_tiles % rows == 0, "the last register tile of a block would reach beyond it");
    // A panel's filters are multiplied by chunks of the input channels that leave half of the first-level cache free.
    static constexpr int chunk_steps = 16 * 1024 / static_cast<int>(columns * depth * sizeof(Factor));

    WinogradSizes sizes;
    int panels = (sizes.out + columns - 1) / columns;
    int steps = steps_of<Factor>(sizes.in);
    int patch_channels = steps * depth;
    // The components of the filters are as many as those of the patches of `out` tiles: the images that they outweigh
    // are those of a small batch. They must be so many, too, that all of them would leave the cache.
    bool filters_outweigh_images =
        sizes.out >= 32 * sizes.input_tiles().per_image() && std::ptrdiff_t{sizes.in} * sizes.out >= 256 * 256;
    // The products of a block's tiles with one group of output channels are transformed back while they are in cache.
    int group_panels = (std::min)(panels, (filters_outweigh_images ? 64 : 128) / columns);
    int groups = (panels + group_panels - 1) / group_panels;
    int group_columns = group_panels * columns;
    // So few tiles that a component of their patches stays in the second-level cache, and so many that reading the
    // filters from the third pays.
    int block_tiles = filters_outweigh_images                             ? 256
                      : std::ptrdiff_t{sizes.in} * sizes.out <= 256 * 256 ? 32
                                                                          : 4 * part_tiles;
    WinogradFilterLayout<Arch, Factor> filters{sizes.in, sizes.out, filters_outweigh_images ? group_panels : panels};
    std::ptrdiff_t patch_stride = staggered<Factor>(std::ptrdiff_t{block_tiles} * patch_channels);
    std::ptrdiff_t product_stride = staggered<float>(std::ptrdiff_t{block_tiles} * group_columns);

    constexpr std::ptrdiff_t patches_size() const { return Winograd::components * patch_stride; }
    constexpr std::ptrdiff_t products_size() const { return Winograd::components * product_stride; }

    /// Bytes of scratch that all threads share, and of each thread.
    constexpr std::size_t scratch_bytes() const {
        return filters_outweigh_images ? bytes_of<Factor>(patches_size()) : filters.bytes();
    }
    constexpr std::size_t scratch_bytes_per_thread() const {
        return bytes_of<float>(products_size()) +
               (filters_outweigh_images ? filters.bytes() : bytes_of<Factor>(patches_size()));
    }

    constexpr WinogradParts parts() const { return {sizes.output_tiles().per_image(), part_tiles}; }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
