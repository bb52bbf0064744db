#pragma once

#include "tinyres/backend/cpu/convolution/image_product.hpp"
#include "tinyres/backend/cpu/convolution/image_source.hpp"
#include "tinyres/backend/cpu/scratch.hpp"

#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// How a batch is cut into what stays in a thread's cache: some channels of a few images, or of a band of rows of one.
struct ImageBlocks {
    int images = 1;   ///< of a block
    int rows = 1;     ///< of each phase of a block; fewer than there are only where `images` is 1
    int bands = 1;    ///< blocks that an image is cut into
    int channels = 1; ///< of a block
    int chunks = 1;   ///< blocks that the channels are cut into
    std::ptrdiff_t row_size = 0;
    std::ptrdiff_t image_size = 0; ///< floats of a padded image or band

    /// Floats of a padded block.
    constexpr std::ptrdiff_t size() const { return images * image_size; }
    /// The most outputs of a phase in a block.
    constexpr int pixels(const ImageProduct& product) const { return images * rows * product.phase_columns(); }
    /// Blocks of a batch, each with all channels.
    constexpr int count(int batch) const { return bands > 1 ? batch * bands : (batch + images - 1) / images; }
};

/// Blocks of at most about `cache` floats and `pixels` outputs, and of at most `channels` channels where a convolution
/// has no groups.
constexpr ImageBlocks image_blocks(const ImageProduct& product, std::ptrdiff_t cache, int pixels, int channels) {
    ImageBlocks blocks;
    const int all = product.read.channels;
    blocks.chunks = product.groups > 1 || all <= channels + channels / 2 ? 1 : (all + channels - 1) / channels;
    const int even = (all + blocks.chunks - 1) / blocks.chunks;
    // In an odd number of cache lines, so that those of a pixel's neighbors do not all fall into a few of the cache's
    // sets.
    blocks.channels = blocks.chunks == 1 ? all : (even + 15) / 32 * 32 + 16;
    blocks.chunks = (all + blocks.channels - 1) / blocks.channels;
    blocks.row_size = std::ptrdiff_t{product.padded_columns} * blocks.channels;
    const auto size = [&](int rows) { return product.rows_seen(rows) * blocks.row_size; };
    blocks.rows = product.phase_rows();
    while (blocks.rows > 1 && (size(blocks.rows) > cache || blocks.rows * product.phase_columns() > pixels))
        blocks.rows = (blocks.rows + 1) / 2;
    blocks.bands = (product.phase_rows() + blocks.rows - 1) / blocks.rows;
    blocks.image_size = size(blocks.rows);
    if (blocks.bands == 1)
        blocks.images = static_cast<int>(std::clamp<std::ptrdiff_t>(
            (std::min)(cache / blocks.image_size,
                       std::ptrdiff_t{pixels} / (std::ptrdiff_t{blocks.rows} * product.phase_columns())),
            1, 64));
    return blocks;
}

/// A block of a batch: some images, and the rows of each phase.
struct Block {
    int first_image;
    int images;
    int first_row;
    int rows;
};

constexpr Block block_of(const ImageProduct& product, const ImageBlocks& blocks, int batch, int number) {
    if (blocks.bands == 1) {
        const int count = blocks.count(batch); // of nearly equal size
        const int first = batch * number / count;
        return {first, batch * (number + 1) / count - first, 0, product.phase_rows()};
    }
    const int row = number % blocks.bands * blocks.rows;
    return {number / blocks.bands, 1, row, (std::min)(blocks.rows, product.phase_rows() - row)};
}

/// Some channels of a block.
struct Chunk {
    int first;
    int channels;
};

constexpr Chunk chunk_of(const ImageProduct& product, const ImageBlocks& blocks, int number) {
    const int first = number * blocks.channels;
    return {first, (std::min)(blocks.channels, product.read.channels - first)};
}

/// Some channels of a block as floats with zeros around its images.
struct PaddedBlock {
    const float* first;        ///< pixel (0, 0) of the first image's padded rows
    int pixel_distance;        ///< floats from a pixel to the next
    std::ptrdiff_t row_size;   ///< floats from a row to the next
    std::ptrdiff_t image_size; ///< floats from an image to the next
};

namespace detail {

/// Copies rows of an image, from `first_row` of the padded ones on, pixel by pixel of `chunk.channels` floats.
template <class Arch, class T>
void copy_rows(const ImageProduct& product, const Chunk& chunk, const ImageSource<Arch, T>& source,
               std::ptrdiff_t image, int first_row, int rows, float* to) {
    const T* const pixels = source.images + image * product.read.size() + chunk.first;
    const float* const factors =
        source.factors ? source.factors + image * product.read.channels + chunk.first : nullptr;
    const int left = (std::max)(product.left, 0);
    const int skipped = (std::max)(-product.left, 0);
    const int columns = (std::max)((std::min)(product.read.width - skipped, product.padded_columns - left), 0);
    const std::ptrdiff_t row_size = std::ptrdiff_t{product.padded_columns} * chunk.channels;
    for (int row = first_row; row < first_row + rows; ++row, to += row_size) {
        const int read_row = row - product.top;
        if (read_row < 0 || read_row >= product.read.height || columns == 0) {
            std::fill_n(to, row_size, 0.0f);
            continue;
        }
        const T* from = pixels + (std::ptrdiff_t{read_row} * product.read.width + skipped) * product.read.channels;
        float* at = std::fill_n(to, std::ptrdiff_t{left} * chunk.channels, 0.0f);
        if (source.normalize) {
            source.normalize(from, product.read.channels, columns, chunk.channels, source.scale + chunk.first,
                             source.shift + chunk.first, factors, at);
            at += std::ptrdiff_t{columns} * chunk.channels;
        } else if (chunk.channels == product.read.channels) {
            at = std::copy_n(from, std::ptrdiff_t{columns} * chunk.channels, at);
        } else {
            for (int column = 0; column < columns; ++column, from += product.read.channels)
                at = std::copy_n(from, chunk.channels, at);
        }
        std::fill(at, to + row_size, 0.0f);
    }
}

} // namespace detail

/// The padded pixels that a block sees: copied to `scratch`, of `blocks.size()` floats, or, where `in_place` allows it,
/// where they lie if they need neither padding nor normalizing nor conversion.
template <class Arch, class T>
PaddedBlock padded_block(const ImageProduct& product, const ImageBlocks& blocks, const ImageSource<Arch, T>& source,
                         const Block& block, const Chunk& chunk, bool in_place, float* scratch) {
    const int row = block.first_row * product.row_step;
    if constexpr (std::is_same_v<T, float>)
        if (in_place && product.unpadded() && !source.normalize) {
            const std::ptrdiff_t image = product.read.size();
            const T* const first = source.images + block.first_image * image;
            const std::ptrdiff_t row_size = std::ptrdiff_t{product.read.width} * product.read.channels;
            return {first + row * row_size + chunk.first, product.read.channels, row_size, image};
        }
    for (int i = 0; i < block.images; ++i)
        detail::copy_rows(product, chunk, source, block.first_image + i, row, product.rows_seen(block.rows),
                          scratch + i * blocks.image_size);
    return {scratch, chunk.channels, std::ptrdiff_t{product.padded_columns} * chunk.channels, blocks.image_size};
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
