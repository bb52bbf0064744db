#pragma once

#include "tinyres/backend/cpu/filters.hpp"
#include "tinyres/backend/cpu/scratch.hpp"
#include "tinyres/backend/cpu/transpose.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"

#include <algorithm>
#include <cstring>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// How the components of the filters of `panels` panels of Tile::columns output channels lie, as the products of
/// Winograd's convolution take them: (component, panel, step, Tile::columns, depth), the input channels in steps of
/// depth_of_step.
template <class Arch, class Factor>
struct WinogradFilterLayout {
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int depth = depth_of_step<Factor>;
    int in;
    int out;
    int panels;

    constexpr int steps() const { return steps_of<Factor>(in); }
    constexpr std::ptrdiff_t panel_size() const { return std::ptrdiff_t{steps()} * depth * columns; }
    /// From one component to the next.
    constexpr std::ptrdiff_t stride() const { return staggered<Factor>(panels * panel_size()); }
    constexpr std::ptrdiff_t components_size() const { return Winograd::components * stride(); }
    constexpr std::ptrdiff_t biases_size() const { return std::ptrdiff_t{panels} * columns; }
    constexpr std::size_t bytes() const { return bytes_of<Factor>(components_size()) + bytes_of<float>(biases_size()); }
};

/// Filters in that layout.
template <class Arch, class Factor>
struct WinogradPackedFilters {
    using Layout = WinogradFilterLayout<Arch, Factor>;
    static constexpr int columns = Layout::columns;
    static constexpr int depth = Layout::depth;
    static constexpr int lanes = lane_count<Lanes<Arch>>;

    Layout layout;
    Factor* components;
    float* biases; ///< (panels * columns)

    /// Takes the memory from the beginning of `scratch`.
    static WinogradPackedFilters in(std::byte*& scratch, const Layout& layout) {
        Factor* const components = take<Factor>(scratch, layout.components_size());
        return {layout, components, take<float>(scratch, layout.biases_size())};
    }

    const Factor* panel(int component, int index) const {
        return components + component * layout.stride() + index * layout.panel_size();
    }

    /// Packs the filters of the output channels from `first` on as panel `index`; beyond the last there are
    /// zeros.
    void pack(const Filters& filters, int first, int index) const {
        Factor* const to = components + index * layout.panel_size();
        const int steps = layout.steps();
        const std::ptrdiff_t stride = layout.stride();
        Block block = {};
        for (int step = 0; step < steps; step += block_steps) {
            gather(filters, step * depth, first, block);
            for (int s = step; s < (std::min)(step + block_steps, steps); ++s)
                winograd_transform_filters<Arch, Factor, depth>(block[s - step],
                                                                to + std::ptrdiff_t{s} * columns * depth, stride);
        }
        for (int column = 0; column < columns; ++column)
            biases[index * columns + column] = filters.bias_of(first + column, layout.out);
    }

private:
    // Several input channels at a time, since one of the passes finds them side by side in memory.
    static constexpr int block_ins = 16;
    static constexpr int block_steps = block_ins / depth;
    using Block = FiltersOfStep<Arch, depth>[std::size_t{block_steps}];

    void gather(const Filters& filters, int first_in, int first_out, Block& block) const {
        const int ins = (std::min)(block_ins, layout.in - first_in);
        const int outs = (std::min)(columns, layout.out - first_out);
        for (int tap = 0; tap < Winograd::taps * Winograd::taps; ++tap) {
            const float* const from = filters.at(tap, first_in, first_out);
            if (filters.out_stride == 1)
                for (int in = 0; in < ins; ++in)
                    std::copy_n(from + in * filters.in_stride, outs, block[in / depth][in % depth][tap]);
            else if (ins == block_ins && outs == columns)
                unrolled<columns / lanes>([&](auto i) {
                    unrolled<block_ins / lanes>([&](auto j) {
                        transpose(from + i * lanes * filters.out_stride + j * lanes, filters.out_stride, [&](auto in) {
                            return &block[(j * lanes + in) / depth][(j * lanes + in) % depth][tap][i * lanes];
                        });
                    });
                });
            else
                for (int out = 0; out < outs; ++out)
                    for (int in = 0; in < ins; ++in)
                        block[in / depth][in % depth][tap][out] = from[out * filters.out_stride + in];
            if constexpr (depth > 1)
                if (ins % depth != 0) std::fill_n(block[ins / depth][ins % depth][tap], columns, 0.0f);
        }
    }

    /// A square of as many channels as a register has lanes: what lies at `to(in)` is a row.
    template <class To>
    [[gnu::always_inline]] static void transpose(const float* from, std::ptrdiff_t row_stride, To to) {
        detail::Words<lanes> rows[std::size_t{lanes}];
        for (int row = 0; row < lanes; ++row) std::memcpy(&rows[row], from + row * row_stride, sizeof(rows[row]));
        detail::transpose<lanes>(rows);
        unrolled<lanes>([&](auto row) { std::memcpy(to(row), &rows[row], sizeof(rows[row])); });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
