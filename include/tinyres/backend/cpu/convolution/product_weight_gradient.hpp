#pragma once

#include "tinyres/backend/cpu/add_slices.hpp"
#include "tinyres/backend/cpu/convolution/image_blocks.hpp"
#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/parallel.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The gradient of a convolution's weights, (tap, In of a group, Out), and bias, for any geometry; `product` is its
/// forward pass:
///
///     dW[tap, i, o] = sum over n, h, w of x[n, h * stride + tap, i] * dy[n, h, w, o]
///
/// The batch is cut into slices; one thread sums a slice of a panel of output channels, block by block, and the slices
/// are added in order, so the result does not depend on the number of threads. Images are of type T; everything else is
/// float.
template <class Arch, class T>
class WeightGradientLoops {
    using V = Lanes<Arch>;
    using Source = ImageSource<Arch, T>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int enough_slices = 16; // to keep all threads busy

public:
    static constexpr ImageBlocks blocks_of(const ImageProduct& product) {
        constexpr std::ptrdiff_t cache = 48 * 1024; // floats of a block of images
        // A packed panel of dy takes half of the first-level cache, unless there is so little to multiply it with that
        // sums had better stay in registers for long.
        constexpr int pixels = 16 * 1024 / (columns * static_cast<int>(sizeof(float)));
        return image_blocks(product, cache, product.depth() < 64 ? 1024 : pixels,
                            std::clamp(432 / product.tap_count, 16, 256));
    }
    static constexpr std::ptrdiff_t weight_count(const ImageProduct& product) {
        return std::ptrdiff_t{product.depth()} * product.written.channels;
    }
    /// Sums of a slice: the weights', then the bias's.
    static constexpr std::ptrdiff_t sums_size(const ImageProduct& product) {
        return weight_count(product) + product.written.channels;
    }
    static constexpr int most_slices(const ImageProduct& product) {
        constexpr std::ptrdiff_t most_floats = std::ptrdiff_t{1} << 20;
        return static_cast<int>(std::clamp<std::ptrdiff_t>(most_floats / sums_size(product), 1, enough_slices));
    }

    /// Bytes of scratch that all threads share, and of each thread.
    static constexpr std::size_t scratch_bytes(const ImageProduct& product) {
        return bytes_of<float>(most_slices(product) * sums_size(product));
    }
    static constexpr std::size_t scratch_bytes_per_thread(const ImageProduct& product) {
        const ImageBlocks blocks = blocks_of(product);
        return bytes_of<float>(blocks.size()) +
               bytes_of<float>(std::ptrdiff_t{blocks.pixels(product)} * columns * kept_panels(product));
    }

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`.
    static void run(int threads, int batch, const ImageProduct& product, const Source& input, const T* output_gradient,
                    float* weight_gradient, float* bias_gradient, std::byte* scratch) {
        const ImageBlocks blocks = blocks_of(product);
        const int panels = product.groups * panels_of(product);
        float* const sums = take<float>(scratch, most_slices(product) * sums_size(product));
        const int slices = (std::min)(most_slices(product), (batch + blocks.images - 1) / blocks.images);
        // A thread copies a block for all panels that it sums, so panels are shared out only where slices are few.
        const int splits = (std::min)(panels, (2 * threads + slices - 1) / slices);
        const std::size_t bytes = scratch_bytes_per_thread(product);
        parallel(threads, std::ptrdiff_t{slices} * splits, [&](int thread, Items& items) {
            items.for_each([&](std::ptrdiff_t item) {
                const int slice = static_cast<int>(item / splits);
                run_slice(product, blocks, share(batch, slice, slices),
                          share(panels, static_cast<int>(item % splits), splits), input, output_gradient,
                          scratch + static_cast<std::size_t>(thread) * bytes, sums + slice * sums_size(product));
            });
        });
        const std::ptrdiff_t size = sums_size(product);
        const std::ptrdiff_t weights = weight_count(product);
        add_slices(threads, sums, size, slices, weights, weight_gradient);
        if (bias_gradient) add_slices(1, sums + weights, size, slices, product.written.channels, bias_gradient);
    }

private:
    /// Panels of dy that are packed at a time: all of a block where several chunks of input channels meet them.
    static constexpr int kept_panels(const ImageProduct& product) {
        return blocks_of(product).chunks > 1 ? panels_of(product) : 1;
    }
    static constexpr int panels_of(const ImageProduct& product) {
        return (product.written_channels() + columns - 1) / columns;
    }

    /// The sums of some panels of output channels over `images`.
    static void run_slice(const ImageProduct& product, const ImageBlocks& blocks, Range images, Range my_panels,
                          const Source& input, const T* output_gradient, std::byte* scratch, float* sums) {
        float* const copy = take<float>(scratch, blocks.size());
        float* const gradients = reinterpret_cast<float*>(scratch);
        const std::ptrdiff_t gradient_size = std::ptrdiff_t{blocks.pixels(product)} * columns;
        const int batch = static_cast<int>(images.end - images.begin);
        const int outs = product.written.channels;
        for (int number = 0; number < blocks.count(batch); ++number) {
            Block block = block_of(product, blocks, batch, number);
            block.first_image += static_cast<int>(images.begin);
            const std::ptrdiff_t first_pixel =
                (std::ptrdiff_t{block.first_image} * product.written.height + block.first_row) * product.written.width;
            const int pixels = block.images * block.rows * product.written.width;
            const bool begins = number == 0;
            for (int i = 0; i < blocks.chunks; ++i) {
                const Chunk chunk = chunk_of(product, blocks, i);
                const PaddedBlock padded = padded_block(product, blocks, input, block, chunk, false, copy);
                for (std::ptrdiff_t panel = my_panels.begin; panel < my_panels.end; ++panel) {
                    const int group = static_cast<int>(panel) / panels_of(product);
                    const int within = static_cast<int>(panel) % panels_of(product) * columns;
                    const int channel = group * product.written_channels() + within;
                    const int count = (std::min)(columns, product.written_channels() - within);
                    float* const gradient =
                        gradients + (panel - my_panels.begin) % kept_panels(product) * gradient_size;
                    if (i == 0) {
                        pack(output_gradient + first_pixel * outs + channel, outs, pixels, count, gradient);
                        add_rows(gradient, pixels, count, sums + weight_count(product) + channel, begins);
                    }
                    const Chunk of_group{chunk.first, chunk.channels / product.groups};
                    PaddedBlock seen = padded;
                    seen.first += group * of_group.channels;
                    run_taps(product, block, seen, of_group, gradient, count, sums + channel, begins);
                }
            }
        }
    }

    /// to (pixels, columns) from one panel of dy.
    static void pack(const T* dy, int outs, int pixels, int count, float* to) {
        for (int pixel = 0; pixel < pixels; ++pixel, dy += outs, to += columns) {
            if (count == columns) {
                unrolled<Tile<Arch>::registers>(
                    [&](auto j) { store(load<V>(dy + j * lane_count<V>), to + j * lane_count<V>); });
            } else {
                std::copy_n(dy, count, to);
                std::fill(to + count, to + columns, 0.0f);
            }
        }
    }

    /// sums[o] (+)= sum of dy over a block.
    static void add_rows(const float* gradient, int pixels, int count, float* sums, bool begins) {
        V sum[std::size_t{Tile<Arch>::registers}];
        unrolled<Tile<Arch>::registers>([&](auto j) { sum[j] = V(0.0f); });
        for (int pixel = 0; pixel < pixels; ++pixel, gradient += columns)
            unrolled<Tile<Arch>::registers>([&](auto j) { sum[j] += load<V>(gradient + j * lane_count<V>); });
        float results[std::size_t{columns}];
        unrolled<Tile<Arch>::registers>([&](auto j) { store(sum[j], results + j * lane_count<V>); });
        for (int column = 0; column < count; ++column) sums[column] = (begins ? 0.0f : sums[column]) + results[column];
    }

    /// All taps of some channels against a panel of output channels. Taps whose channels are neighbors, in the padded
    /// block as among the weights, are one run, which tiles may divide anywhere.
    static void run_taps(const ImageProduct& product, const Block& block, const PaddedBlock& padded, const Chunk& chunk,
                         const float* gradient, int count, float* sums, bool begins) {
        const int channels = product.read_channels();
        const auto offset = [&](int tap) {
            const Tap& of = product.taps[static_cast<std::size_t>(tap)];
            return of.row * padded.row_size + of.column * padded.pixel_distance;
        };
        for (int first = 0; first < product.tap_count;) {
            int end = first + 1;
            while (chunk.channels == channels && end < product.tap_count && offset(end) == offset(end - 1) + channels)
                ++end;
            const int length = (end - first) * chunk.channels;
            const std::ptrdiff_t first_sum = std::ptrdiff_t{first} * channels + chunk.first;
            for_row_tiles<Arch>(length, [&](auto rows, int row) {
                run_tile<rows>(product, block, padded, padded.first + offset(first) + row,
                               (std::min)(int{rows}, length - row), gradient, count,
                               sums + (first_sum + row) * product.written.channels, begins);
            });
            first = end;
        }
    }

    /// `rows` neighbors of a run.
    template <int tile_rows>
    static void run_tile(const ImageProduct& product, const Block& block, const PaddedBlock& padded, const float* input,
                         int rows, const float* gradient, int count, float* sums, bool begins) {
        Accumulators<Arch, tile_rows> sum;
        clear(sum);
        std::ptrdiff_t offsets[std::size_t{tile_rows}]; // the last row stands for those that are left over
        unrolled<tile_rows>([&](auto r) { offsets[r] = (std::min)(int{r}, rows - 1); });
        const int width = product.written.width;
        const std::ptrdiff_t step = std::ptrdiff_t{product.column_step} * padded.pixel_distance;
        const std::ptrdiff_t row_step = product.row_step * padded.row_size;
        // Rows that follow each other in memory as their pixels do are one.
        const bool joined = row_step == width * step;
        const int segments = joined ? 1 : block.rows;
        const int length = joined ? width * block.rows : width;
        for (int image = 0; image < block.images; ++image)
            for (int row = 0; row < segments; ++row) {
                multiply_accumulate(
                    sum, input + image * padded.image_size + row * row_step, [&](auto r) { return offsets[r]; }, step,
                    gradient, length);
                gradient += std::ptrdiff_t{length} * columns;
            }
        unrolled<tile_rows>([&](auto r) {
            if (r >= rows) return;
            float* const to = sums + std::ptrdiff_t{r} * product.written.channels;
            if (count == columns) {
                unrolled<Tile<Arch>::registers>([&](auto j) {
                    float* const at = to + j * lane_count<V>;
                    store(begins ? sum.value[r][j] : load<V>(at) + sum.value[r][j], at);
                });
            } else {
                float results[std::size_t{columns}];
                unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], results + j * lane_count<V>); });
                for (int column = 0; column < count; ++column)
                    to[column] = (begins ? 0.0f : to[column]) + results[column];
            }
        });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
