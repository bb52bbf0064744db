#pragma once

#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/convolution/image_blocks.hpp"
#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/parallel.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A convolution as an implicit matrix product, for any geometry: an ImageProduct is run by blocks of images that stay
/// in a thread's cache. A tile of output pixels times Tile::columns output channels is summed in registers, in one
/// order whatever the batch: long sums by chunks of the input channels, whose filters stay in the first-level cache.
/// Filters are packed in panels of output channels, (group, panel, chunk, phase, tap, In, columns). Images are of type
/// T; everything else is float. Sizes are values: one compilation serves all layers.
template <class Arch, class T>
class ImageProductLoops {
    using V = Lanes<Arch>;
    using Source = ImageSource<Arch, T>;
    static constexpr int columns = Tile<Arch>::columns;
    // Rows of a register tile: as many accumulators as the registers hold beside the operands.
    static constexpr int tile_rows = Tile<Arch>::many_registers ? 8 : 6;

    /// Neighboring floats of a padded block that an output pixel sees one after the other.
    struct Run {
        std::ptrdiff_t offset;
        int length;
    };

public:
    static constexpr ImageBlocks blocks_of(const ImageProduct& product) {
        constexpr std::ptrdiff_t cache = 64 * 1024; // floats of a block of images
        constexpr int filters = 24 * 1024 / (columns * static_cast<int>(sizeof(float)));
        const int channels = (std::max)(filters / product.most_taps_of_phase(), 16);
        const bool chunks = product.groups == 1 && product.read.channels > channels + channels / 2;
        // All filters come by once for a block of pixels, whose unfinished sums should not grow too large.
        return image_blocks(product, cache, chunks ? 192 : 1024, channels);
    }
    static constexpr int panels_of(const ImageProduct& product) {
        return (product.written_channels() + columns - 1) / columns;
    }
    static constexpr std::ptrdiff_t panel_size(const ImageProduct& product) {
        return std::ptrdiff_t{product.depth() + 1} * columns; // the biases come first
    }

    /// Bytes of scratch that all threads share, for the packed filters, and of each thread.
    static constexpr std::size_t scratch_bytes(const ImageProduct& product) {
        return bytes_of<float>(product.groups * panels_of(product) * panel_size(product));
    }
    static constexpr std::size_t scratch_bytes_per_thread(const ImageProduct& product) {
        const ImageBlocks blocks = blocks_of(product);
        const std::ptrdiff_t pixels = blocks.pixels(product) + tile_rows;
        return bytes_of<float>(blocks.size()) + 2 * bytes_of<std::ptrdiff_t>(product.phase_count * pixels) +
               bytes_of<float>(partial_size(product, blocks) * panels_of(product));
    }

    /// Overwrites `output`. `filters` counts input and output channels within a group.
    static void run(int threads, int batch, const ImageProduct& product, const Source& input, const Filters& filters,
                    T* output, std::byte* scratch) {
        const ImageBlocks blocks = blocks_of(product);
        const int panels = product.groups * panels_of(product);
        float* const packed = take<float>(scratch, panels * panel_size(product));
        parallel_for(threads, panels, [&](std::ptrdiff_t panel) {
            pack(product, blocks, filters, static_cast<int>(panel), packed + panel * panel_size(product));
        });
        // Few blocks: each one's panels are shared out too, so that no thread stands idle.
        const int count = blocks.count(batch);
        const int splits = count >= 2 * threads ? 1 : (std::min)(panels, (2 * threads + count - 1) / count);
        const std::size_t bytes = scratch_bytes_per_thread(product);
        parallel(threads, std::ptrdiff_t{count} * splits, [&](int thread, Items& items) {
            items.for_each([&](std::ptrdiff_t item) {
                run_block(product, blocks, block_of(product, blocks, batch, static_cast<int>(item / splits)), input,
                          share(panels, static_cast<int>(item % splits), splits), packed, output,
                          scratch + static_cast<std::size_t>(thread) * bytes);
            });
        });
    }

private:
    /// Floats of the unfinished sums of a panel.
    static constexpr std::ptrdiff_t partial_size(const ImageProduct& product, const ImageBlocks& blocks) {
        if (blocks.chunks == 1) return 0;
        return std::ptrdiff_t{product.phase_count} * (blocks.pixels(product) + tile_rows) * columns;
    }

    /// One panel of a group: biases, then (chunk, phase, tap, In, columns).
    static void pack(const ImageProduct& product, const ImageBlocks& blocks, const Filters& filters, int panel,
                     float* to) {
        const int group = panel / panels_of(product);
        const int first = panel % panels_of(product) * columns;
        const int channels = product.written_channels();
        const int count = (std::min)(columns, channels - first);
        for (int column = 0; column < columns; ++column)
            to[column] = column < count && filters.bias ? filters.bias[group * channels + first + column] : 0.0f;
        to += columns;
        Filters of_group = filters;
        of_group.first += group * filters.group_stride;
        for (int number = 0; number < blocks.chunks; ++number) {
            const Chunk chunk = chunk_of(product, blocks, number);
            const int ins = chunk.channels / product.groups;
            for (int tap = 0; tap < product.tap_count; ++tap) {
                const int index = product.taps[static_cast<std::size_t>(tap)].index;
                for (int in = chunk.first; in < chunk.first + ins; ++in, to += columns) {
                    for (int column = 0; column < count; ++column) to[column] = of_group(index, in, first + column);
                    std::fill(to + count, to + columns, 0.0f);
                }
            }
        }
    }

    static void run_block(const ImageProduct& product, const ImageBlocks& blocks, const Block& block,
                          const Source& input, Range my_panels, const float* packed, T* output, std::byte* scratch) {
        const std::ptrdiff_t most_pixels = blocks.pixels(product) + tile_rows;
        float* const copy = take<float>(scratch, blocks.size());
        auto* const sources = take<std::ptrdiff_t>(scratch, product.phase_count * most_pixels);
        auto* const targets = take<std::ptrdiff_t>(scratch, product.phase_count * most_pixels);
        float* const partial = reinterpret_cast<float*>(scratch);
        for (int number = 0; number < blocks.chunks; ++number) {
            const Chunk chunk = chunk_of(product, blocks, number);
            const int ins = chunk.channels / product.groups;
            const PaddedBlock padded = padded_block(product, blocks, input, block, chunk, true, copy);
            const bool begins = number == 0;
            const bool ends = number == blocks.chunks - 1;
            for (int i = 0; i < product.phase_count; ++i) {
                const Phase& phase = product.phases[static_cast<std::size_t>(i)];
                // Chunks may lie differently in memory.
                const int pixels =
                    find_pixels(product, phase, block, padded, sources + i * most_pixels, targets + i * most_pixels);
                if (pixels == 0) continue;
                std::array<Run, std::size_t{ImageProduct::most_taps}> runs;
                const int run_count = find_runs(product, phase, padded, ins, runs.data());
                for (std::ptrdiff_t panel = my_panels.begin; panel < my_panels.end; ++panel) {
                    const int group = static_cast<int>(panel) / panels_of(product);
                    const int first = static_cast<int>(panel) % panels_of(product) * columns;
                    const float* const filters = packed + panel * panel_size(product);
                    const std::ptrdiff_t step =
                        std::ptrdiff_t{chunk.first} * product.tap_count + std::ptrdiff_t{phase.first_tap} * ins;
                    const Panel work{padded.first + group * ins,
                                     sources + i * most_pixels,
                                     targets + i * most_pixels,
                                     pixels,
                                     filters,
                                     filters + (1 + step) * columns,
                                     runs.data(),
                                     run_count,
                                     output + group * product.written_channels() + first,
                                     (std::min)(columns, product.written_channels() - first),
                                     partial + (panel - my_panels.begin) * partial_size(product, blocks) +
                                         i * most_pixels * columns};
                    for (int pixel = 0; pixel < pixels; pixel += tile_rows) run_tile(work, pixel, begins, ends);
                }
            }
        }
    }

    /// Where each output pixel of a phase sees its first tap, and where it is written. The last tile is filled up with
    /// copies of the last pixel.
    static int find_pixels(const ImageProduct& product, const Phase& phase, const Block& block,
                           const PaddedBlock& padded, std::ptrdiff_t* sources, std::ptrdiff_t* targets) {
        const int rows = (std::min)(block.rows, phase.rows - block.first_row);
        int pixel = 0;
        for (int image = 0; image < block.images; ++image)
            for (int row = 0; row < rows; ++row) {
                std::ptrdiff_t source = image * padded.image_size + row * product.row_step * padded.row_size;
                const std::ptrdiff_t target_row = std::ptrdiff_t{block.first_image + image} * product.written.height +
                                                  phase.first_row + (block.first_row + row) * product.row_distance;
                std::ptrdiff_t target =
                    (target_row * product.written.width + phase.first_column) * product.written.channels;
                for (int column = 0; column < phase.columns; ++column, ++pixel) {
                    sources[pixel] = source;
                    targets[pixel] = target;
                    source += product.column_step * padded.pixel_distance;
                    target += std::ptrdiff_t{product.column_distance} * product.written.channels;
                }
            }
        if (pixel > 0) std::fill_n(sources + pixel, tile_rows, sources[pixel - 1]);
        return pixel;
    }

    /// The taps of a phase, neighbors joined where their channels are.
    static int find_runs(const ImageProduct& product, const Phase& phase, const PaddedBlock& padded, int channels,
                         Run* runs) {
        int count = 0;
        for (int i = phase.first_tap; i < phase.first_tap + phase.tap_count; ++i) {
            const Tap& tap = product.taps[static_cast<std::size_t>(i)];
            const std::ptrdiff_t offset = tap.row * padded.row_size + tap.column * padded.pixel_distance;
            if (count > 0 && runs[count - 1].offset + runs[count - 1].length == offset)
                runs[count - 1].length += channels;
            else
                runs[count++] = {offset, channels};
        }
        return count;
    }

    /// What the tiles of a panel have in common.
    struct Panel {
        const float* input;
        const std::ptrdiff_t* sources;
        const std::ptrdiff_t* targets;
        int pixels;
        const float* biases;
        const float* filters; ///< (steps of all runs, columns)
        const Run* runs;
        int run_count;
        T* output;
        int channels;   ///< at most `columns`
        float* partial; ///< (pixels, columns), where a sum takes several chunks
    };

    static void run_tile(const Panel& panel, int pixel, bool begins, bool ends) {
        Accumulators<Arch, tile_rows> sum;
        float* const partial = panel.partial + std::ptrdiff_t{pixel} * columns;
        unrolled<tile_rows>([&](auto r) {
            const float* const from = begins ? panel.biases : partial + r * columns;
            unrolled<Tile<Arch>::registers>([&](auto j) { sum.value[r][j] = load<V>(from + j * lane_count<V>); });
        });
        std::ptrdiff_t offsets[std::size_t{tile_rows}];
        unrolled<tile_rows>([&](auto r) { offsets[r] = panel.sources[pixel + r]; });
        const float* filters = panel.filters;
        for (const Run* run = panel.runs; run < panel.runs + panel.run_count; ++run) {
            multiply_accumulate(
                sum, panel.input + run->offset, [&](auto r) { return offsets[r]; }, 1, filters, run->length);
            filters += std::ptrdiff_t{run->length} * columns;
        }
        if (!ends) {
            unrolled<tile_rows>([&](auto r) {
                unrolled<Tile<Arch>::registers>(
                    [&](auto j) { store(sum.value[r][j], partial + r * columns + j * lane_count<V>); });
            });
            return;
        }
        unrolled<tile_rows>([&](auto r) {
            if (pixel + r >= panel.pixels) return;
            T* const to = panel.output + panel.targets[pixel + r];
            if (panel.channels == columns) {
                unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], to + j * lane_count<V>); });
            } else {
                T results[std::size_t{columns}];
                unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], results + j * lane_count<V>); });
                std::copy_n(results, panel.channels, to);
            }
        });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
