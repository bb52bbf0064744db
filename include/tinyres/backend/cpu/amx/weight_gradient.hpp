#pragma once

#include "tinyres/backend/cpu/amx/image_groups.hpp"
#include "tinyres/backend/cpu/normalized_images.hpp"
#include "tinyres/backend/cpu/parallel.hpp"

#include <array>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The gradient of a 3x3 convolution's weights, (3, 3, In, Out), and bias, of bfloat16 images on a matrix unit:
///
///     dW[kh, kw, i, o] = sum over n, h, w of x[n, h + kh - 1, w + kw - 1, i] * dy[n, h, w, o]
///
/// as the product of dy's transpose, (Out, pixels), with x. A block of images is packed into shared memory: dy as (pair
/// of tiles of output channels, step of 32 pixels, 2 tiles), x as (tile of input channels, row, pair of places, 16, 2),
/// in which a tap is a shift. Then threads take work items, 32 output by 32 input channels with all taps, whose sums
/// pass over the batch in one order: the result does not depend on the number of threads.
template <class Tiles, class Arch, int Height, int Width, int In, int Out>
class AmxWeightGradient {
    using Groups = ImageGroups<Height, Width>;
    static constexpr int tile = TileSize::columns;
    static constexpr int columns = In <= tile ? 1 : 2; // tiles of input channels of an item
    static constexpr int in_items = (In + columns * tile - 1) / (columns * tile);
    static constexpr int out_items = (Out + 2 * tile - 1) / (2 * tile);
    static constexpr int in_tiles = in_items * columns;
    // So many images at a time that the sums are read and written seldom.
    static constexpr int block_groups = (std::max)(1, 2048 / (Height * Groups::row));
    static constexpr int block_rows = block_groups * Height;
    // So many rows of pixels that both factors stay in the first-level cache while the taps pass by.
    static constexpr int cached_rows = (std::max)(1, 8 / Groups::blocks);
    static constexpr std::ptrdiff_t step_size = 2 * TileSize::elements;
    static constexpr std::ptrdiff_t gradient_row = Groups::blocks * step_size;
    static constexpr std::ptrdiff_t gradient_stride = block_rows * gradient_row;
    static constexpr std::ptrdiff_t input_row = std::ptrdiff_t{Groups::padded_row} * tile;
    static constexpr std::ptrdiff_t input_stride =
        staggered<bfloat16>(block_rows * input_row + std::ptrdiff_t{Groups::slack} * tile);
    static constexpr std::ptrdiff_t item_sums = std::ptrdiff_t{2 * tile} * columns * tile; // of one tap
    static constexpr std::ptrdiff_t items = std::ptrdiff_t{out_items} * in_items;
    static constexpr std::ptrdiff_t gradients_size = out_items * gradient_stride;
    static constexpr std::ptrdiff_t inputs_size = in_tiles * input_stride;
    static constexpr std::ptrdiff_t sums_size = items * 9 * item_sums;
    static constexpr std::ptrdiff_t bias_sums_size = std::ptrdiff_t{out_items} * 2 * tile * tile;

public:
    /// Bytes of scratch that all threads share.
    static constexpr std::size_t scratch_bytes = bytes_of<bfloat16>(gradients_size) + bytes_of<bfloat16>(inputs_size) +
                                                 bytes_of<float>(sums_size) + bytes_of<float>(bias_sums_size);
    static constexpr std::size_t scratch_bytes_per_thread = 0;

    /// Whether `run` can read images of this type instead of stored ones.
    template <class Images>
    static constexpr bool reads = is_normalized<Images, bfloat16>&& In % tile == 0;

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`. `images` are the input, stored or normalized
    /// while they are read.
    template <class Images>
    static void run(int threads, int batch, const Images& images, const bfloat16* output_gradient,
                    float* weight_gradient, float* bias_gradient, std::byte* scratch) {
        bfloat16* const gradients = take<bfloat16>(scratch, gradients_size);
        bfloat16* const inputs = take<bfloat16>(scratch, inputs_size);
        float* const sums = take<float>(scratch, sums_size);
        float* const bias_sums = take<float>(scratch, bias_sums_size);
        const std::ptrdiff_t groups = Groups::count(batch);
        parallel_for(threads, in_tiles, [&](std::ptrdiff_t t) { clear_margins(inputs + t * input_stride); });
        for (std::ptrdiff_t first = 0; first < groups; first += block_groups) {
            const int rows = static_cast<int>(std::min<std::ptrdiff_t>(block_groups, groups - first)) * Height;
            parallel_for(threads, rows, [&](std::ptrdiff_t row) {
                const std::ptrdiff_t image = (first + row / Height) * Groups::images;
                const int count = static_cast<int>(std::min<std::ptrdiff_t>(Groups::images, batch - image));
                const std::ptrdiff_t pixel = (image * Height + row % Height) * Width;
                pack_input_row(images, image, static_cast<int>(row % Height), count, inputs + row * input_row);
                pack_gradient_row(output_gradient + pixel * Out, count, gradients + row * gradient_row);
            });
            for (std::ptrdiff_t t = 0; t < in_tiles; ++t) // read by the last row's last step
                std::fill_n(inputs + t * input_stride + rows * input_row, std::ptrdiff_t{Groups::slack} * tile,
                            bfloat16{});
            parallel(threads, items, [&](int, Items& mine) {
                const typename Tiles::Session session;
                mine.for_each([&](std::ptrdiff_t item) {
                    const std::ptrdiff_t out = item / in_items;
                    const std::ptrdiff_t in = item % in_items;
                    const bfloat16* const dy = gradients + out * gradient_stride;
                    multiply(dy, inputs + in * columns * input_stride, rows, first == 0, sums + item * 9 * item_sums);
                    if (in == 0 && bias_gradient)
                        sum_gradients(dy, rows, first == 0, bias_sums + out * 2 * tile * tile);
                });
            });
        }
        parallel_for(threads, items, [&](std::ptrdiff_t item) {
            for (std::ptrdiff_t tap = 0; tap < 9; ++tap)
                store_tap(sums + (item * 9 + tap) * item_sums, static_cast<int>(item % in_items) * columns * tile,
                          static_cast<int>(item / in_items) * 2 * tile, weight_gradient + tap * In * Out);
        });
        if (bias_gradient)
            for (int out = 0; out < Out; ++out) bias_gradient[out] = bias_sums[out * tile];
    }

private:
    /// The columns of zeros on both sides of one tile of input channels.
    static void clear_margins(bfloat16* to) {
        constexpr std::ptrdiff_t column = std::ptrdiff_t{Groups::images} * tile;
        for (int row = 0; row < block_rows; ++row) {
            std::fill_n(to + row * input_row, column, bfloat16{});
            std::fill_n(to + (row + 1) * input_row - column, column, bfloat16{});
        }
    }

    /// One pixel of the images `image` and `image + 1` of a group of `count`, channels `first` to `first` + 15, in
    /// pairs; zeros where there is no image or no channel.
    template <int Channels>
    [[gnu::always_inline]] static void load_pixel(const bfloat16* pixel, int image, int count, int first,
                                                  detail::SixteenWords& pairs) {
        constexpr std::ptrdiff_t next_image = std::ptrdiff_t{Height} * Width * Channels;
        if (image >= count || first >= Channels) {
            pairs = detail::SixteenWords{};
            return;
        }
        const int channels = Channels % tile == 0 ? tile : (std::min)(tile, Channels - first);
        pixel += image * next_image + first;
        detail::load_pairs(pixel, image + 1 < count ? pixel + next_image : nullptr, channels, pairs);
    }

    /// One row of a group, for each tile of input channels (place / 2, 16, 2).
    static void pack_input_row(const bfloat16* images, std::ptrdiff_t first_image, int row, int count, bfloat16* to) {
        const bfloat16* pixel = images + (first_image * Height + row) * Width * In;
        for (int x = 0; x < Width; ++x, pixel += In)
            for (int image = 0; image < Groups::images; image += 2) {
                bfloat16* const place = to + (std::ptrdiff_t{x + 1} * Groups::images + image) * tile;
                for (int t = 0; t < in_tiles; ++t) {
                    detail::SixteenWords pairs;
                    load_pixel<In>(pixel, image, count, t * tile, pairs);
                    std::memcpy(place + t * input_stride, &pairs, sizeof(pairs));
                }
            }
    }

    template <class Rectify>
    static void pack_input_row(const NormalizedImages<bfloat16, Rectify>& images, std::ptrdiff_t first_image, int row,
                               int count, bfloat16* to) {
        using V = Lanes<Arch>;
        constexpr std::ptrdiff_t next_image = std::ptrdiff_t{Height} * Width * In;
        for (int image = 0; image < Groups::images; image += 2)
            for (int c = 0; c < in_tiles * tile; c += lane_count<V>) {
                bfloat16* place =
                    to + c / tile * input_stride + c % tile * 2 + std::ptrdiff_t{Groups::images + image} * tile;
                if (image >= count || c >= In) {
                    for (int x = 0; x < Width; ++x, place += Groups::images * tile)
                        std::fill_n(place, 2 * lane_count<V>, bfloat16{});
                    continue;
                }
                const bool both = image + 1 < count;
                const auto left = images.template reader<V>(first_image + image, c);
                const auto right = images.template reader<V>(first_image + image + (both ? 1 : 0), c);
                const bfloat16* from = images.images + ((first_image + image) * Height + row) * Width * In + c;
                for (int x = 0; x < Width; ++x, from += In, place += Groups::images * tile)
                    store_interleaved(left(from), both ? right(from + next_image) : V(0.0f), place);
            }
    }

    /// One row of a group, for each pair of tiles of output channels (step, 2, 16 channels, 32 places).
    static void pack_gradient_row(const bfloat16* row, int count, bfloat16* to) {
        for (int step = 0; step < Groups::blocks; ++step)
            for (int t = 0; t < 2 * out_items; ++t) {
                detail::SixteenWords words[16];
                for (int k = 0; k < 16; ++k) {
                    const int place = step * Groups::block + 2 * k;
                    if (place < Groups::row)
                        load_pixel<Out>(row + std::ptrdiff_t{place / Groups::images} * Out, place % Groups::images,
                                        count, t * tile, words[k]);
                    else
                        words[k] = detail::SixteenWords{};
                }
                detail::transpose<16>(words);
                std::memcpy(to + t / 2 * gradient_stride + step * step_size + t % 2 * TileSize::elements, words,
                            sizeof(words));
            }
    }

    /// sums (tap, output channel, input channel) (+)= dy' * x over a block's rows. What the last step of a row reads
    /// beyond it, of the next row, meets zeros in dy.
    static void multiply(const bfloat16* dy, const bfloat16* x, int rows, bool first, float* sums) {
        constexpr std::ptrdiff_t beside = columns == 2 ? input_stride : 0; // from a tile to the one on its right
        for (int begin = 0; begin < rows; begin += cached_rows) {
            const int end = (std::min)(begin + cached_rows, rows);
            for (int tap = 0; tap < 9; ++tap) {
                const int kh = tap / 3;
                const int kw = tap % 3;
                float* const to = sums + tap * item_sums;
                if (first && begin == 0)
                    Tiles::template clear<columns>();
                else
                    Tiles::template load<columns>(to);
                for (int row = begin; row < end; ++row) {
                    const int source = row % Height + kh - 1;
                    if (source < 0 || source >= Height) continue;
                    const bfloat16* const a = dy + row * gradient_row;
                    const bfloat16* const b =
                        x + (row + kh - 1) * input_row + std::ptrdiff_t{kw} * Groups::images * tile;
                    for (int step = 0; step < Groups::blocks; ++step)
                        Tiles::template multiply_add<columns>(a + step * step_size, b + step * TileSize::elements,
                                                              b + step * TileSize::elements + beside);
                }
                Tiles::template store<columns>(to);
            }
        }
    }

    /// sums (output channel, 16), each column (+)= the sum of dy over a block's rows: dy' times ones.
    static void sum_gradients(const bfloat16* dy, int rows, bool first, float* sums) {
        static const auto ones = [] {
            std::array<bfloat16, TileSize::elements> numbers;
            numbers.fill(bfloat16(1.0f));
            return numbers;
        }();
        if (first)
            Tiles::template clear<1>();
        else
            Tiles::template load<1>(sums);
        for (int step = 0; step < rows * Groups::blocks; ++step)
            Tiles::template multiply_add<1>(dy + step * step_size, ones.data(), nullptr);
        Tiles::template store<1>(sums);
    }

    /// weight_gradient (In, Out) of one tap from an item's sums (output channel, input channel).
    static void store_tap(const float* sums, int first_in, int first_out, float* weight_gradient) {
        for (int m = 0; m < 2; ++m)
            for (int n = 0; n < columns; ++n)
                store_tile(sums + (m * tile * columns + n) * tile, first_in + n * tile, first_out + m * tile,
                           weight_gradient);
    }

    /// A tile of them.
    static void store_tile(const float* sums, int first_in, int first_out, float* weight_gradient) {
        const int ins = (std::min)(tile, In - first_in);
        const int outs = (std::min)(tile, Out - first_out);
        if (ins <= 0 || outs <= 0) return;
        detail::SixteenWords words[tile];
        for (int out = 0; out < tile; ++out) std::memcpy(&words[out], sums + out * columns * tile, sizeof(words[out]));
        detail::transpose<16>(words);
        for (int in = 0; in < ins; ++in)
            std::memcpy(weight_gradient + std::ptrdiff_t{first_in + in} * Out + first_out, &words[in],
                        static_cast<std::size_t>(outs) * sizeof(float));
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
