#pragma once

#include "tinyres/layers/convolution_sizes.hpp"

#include <algorithm>
#include <array>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A tap of a filter: where the pixel lies that it multiplies, from the first one of the padded images that an output
/// pixel sees, and which of the filter's taps it is.
struct Tap {
    int row = 0;
    int column = 0;
    int index = 0;
};

/// Outputs that see their inputs through the same taps. Forward has one phase; the gradient of the input has one for
/// each place that a pixel can have between two steps of the stride.
struct Phase {
    int first_row = 0; ///< of the written image; the others follow at `ImageProduct::row_distance`
    int first_column = 0;
    int rows = 0;
    int columns = 0;
    int first_tap = 0;
    int tap_count = 0;
};

/// A convolution, or the gradient of its input, as a sum over taps: what is read, with zeros around it, what is
/// written, and which pixels meet. Values, so that the loops are compiled once for all shapes.
///
///     written[first + distance * q, o] = sum over taps and i of read[q * step + tap, i] * filter[tap.index, i, o]
struct ImageProduct {
    static constexpr int most_taps = 11 * 11;
    static constexpr int most_phases = 4 * 4;

    Dims read; ///< what is read, without zeros around it
    Dims written;
    int groups = 1;
    int top = 0; ///< rows of zeros above what is read; negative: rows of it that nobody sees
    int left = 0;
    int padded_rows = 0; ///< of what is read with zeros around it, as far as anybody sees it
    int padded_columns = 0;
    int row_step = 1;
    int column_step = 1;
    int row_distance = 1;
    int column_distance = 1;
    int phase_count = 0;
    int tap_count = 0;
    std::array<Phase, std::size_t{most_phases}> phases{};
    std::array<Tap, std::size_t{most_taps}> taps{};

    constexpr int read_channels() const { return read.channels / groups; } ///< of a group
    constexpr int written_channels() const { return written.channels / groups; }
    /// Whether each channel is convolved by itself.
    constexpr bool depthwise() const { return groups == read.channels && groups == written.channels; }
    /// Whether what is read can be taken where it lies.
    constexpr bool unpadded() const {
        return top == 0 && left == 0 && padded_rows <= read.height && padded_columns <= read.width;
    }
    /// The padded rows that the outputs of `rows` rows of each phase see.
    constexpr int rows_seen(int rows) const { return padded_rows - (phase_rows() - rows) * row_step; }
    /// The most rows that a phase has.
    constexpr int phase_rows() const { return phases[0].rows; }
    constexpr int phase_columns() const { return phases[0].columns; }
    constexpr int most_taps_of_phase() const {
        int most = 1;
        for (int i = 0; i < phase_count; ++i) most = (std::max)(most, phases[static_cast<std::size_t>(i)].tap_count);
        return most;
    }
    /// Products of a group's output channel, over all phases.
    constexpr int depth() const { return tap_count * read_channels(); }
};

namespace detail {

/// Moves the taps to non-negative places and notes the zeros that this takes.
constexpr void settle(ImageProduct& product) {
    int top = product.taps[0].row, left = product.taps[0].column, bottom = top, right = left;
    for (int i = 0; i < product.tap_count; ++i) {
        const Tap& tap = product.taps[static_cast<std::size_t>(i)];
        top = (std::min)(top, tap.row);
        left = (std::min)(left, tap.column);
        bottom = (std::max)(bottom, tap.row);
        right = (std::max)(right, tap.column);
    }
    for (int i = 0; i < product.tap_count; ++i) {
        product.taps[static_cast<std::size_t>(i)].row -= top;
        product.taps[static_cast<std::size_t>(i)].column -= left;
    }
    product.top = -top;
    product.left = -left;
    product.padded_rows = (product.phase_rows() - 1) * product.row_step + bottom - top + 1;
    product.padded_columns = (product.phase_columns() - 1) * product.column_step + right - left + 1;
}

} // namespace detail

/// The forward pass of a convolution.
constexpr ImageProduct convolution_product(const ConvolutionSizes& sizes) {
    ImageProduct product;
    product.read = sizes.in;
    product.written = sizes.out;
    product.groups = sizes.groups;
    product.row_step = sizes.stride_height;
    product.column_step = sizes.stride_width;
    for (int kh = 0; kh < sizes.kernel_height; ++kh)
        for (int kw = 0; kw < sizes.kernel_width; ++kw)
            product.taps[static_cast<std::size_t>(product.tap_count++)] = {
                sizes.input_row(0, kh), sizes.input_column(0, kw), kh * sizes.kernel_width + kw};
    product.phase_count = 1;
    product.phases[0] = {0, 0, product.written.height, product.written.width, 0, product.tap_count};
    detail::settle(product);
    return product;
}

/// The gradient of the input of a convolution: reads the output's gradient. Filters are counted backward, as they are
/// turned around: tap index 0 is the filter's last one.
constexpr ImageProduct input_gradient_product(const ConvolutionSizes& sizes) {
    ImageProduct product;
    product.read = sizes.out;
    product.written = sizes.in;
    product.groups = sizes.groups;
    product.row_distance = sizes.stride_height;
    product.column_distance = sizes.stride_width;
    // A pixel meets the output that is a whole number of steps away: h + padding - kh * dilation = stride * (row of
    // dy).
    const auto meets = [](int pixel, int tap, int padding, int dilation, int stride) {
        return (pixel + padding - tap * dilation) % stride == 0;
    };
    for (int row = 0; row < (std::min)(sizes.stride_height, sizes.in.height); ++row)
        for (int column = 0; column < (std::min)(sizes.stride_width, sizes.in.width); ++column) {
            Phase& phase = product.phases[static_cast<std::size_t>(product.phase_count++)];
            phase = {row,
                     column,
                     (sizes.in.height - row - 1) / sizes.stride_height + 1,
                     (sizes.in.width - column - 1) / sizes.stride_width + 1,
                     product.tap_count,
                     0};
            for (int kh = sizes.kernel_height - 1; kh >= 0; --kh)
                for (int kw = sizes.kernel_width - 1; kw >= 0; --kw) {
                    if (!meets(row, kh, sizes.padding_height, sizes.dilation_height, sizes.stride_height) ||
                        !meets(column, kw, sizes.padding_width, sizes.dilation_width, sizes.stride_width))
                        continue;
                    product.taps[static_cast<std::size_t>(product.tap_count++)] = {
                        (row + sizes.padding_height - kh * sizes.dilation_height) / sizes.stride_height,
                        (column + sizes.padding_width - kw * sizes.dilation_width) / sizes.stride_width,
                        sizes.taps() - 1 - (kh * sizes.kernel_width + kw)};
                    ++phase.tap_count;
                }
        }
    detail::settle(product);
    return product;
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
