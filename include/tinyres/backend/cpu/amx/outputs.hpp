#pragma once

#include "tinyres/backend/cpu/amx/image_groups.hpp"
#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/window_maximum.hpp"

/// Where AmxConvolution's sums go: `store` takes one row of a group of images, or as many as `rows` says, and one panel
/// of 32 output channels, as `sums` (row, place, 32). What is stored goes to `Sums` on its way, whose parts are groups.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

/// How the sums of one row of a group lie.
template <int Height, int Width>
struct RowSums {
    using Groups = ImageGroups<Height, Width>;
    static constexpr int columns = 2 * TileSize::columns;
    static constexpr std::ptrdiff_t size = std::ptrdiff_t{Groups::blocks} * Groups::block * columns;

    /// From the row's first place to the one of a pixel.
    static constexpr std::ptrdiff_t place(int x, int image) {
        return (std::ptrdiff_t{x} * Groups::images + image) * columns;
    }
};

/// Calls `function(Registers<V, 1>{}, channel of the panel)` for the channels of a panel that there are of `Out`.
template <class Arch, int Out, class Function>
[[gnu::always_inline]] inline void for_panel_channels(int panel, Function function) {
    constexpr int columns = 2 * TileSize::columns;
    const int channels = Out % columns == 0 ? columns : (std::min)(columns, Out - panel * columns);
    for_channels<Arch, ragged<Arch, Out>>(channels, function);
}

} // namespace detail

/// The output pooled, (batch, Height / Window, Width / Window, Out), with the maxima's places unless they are null.
template <class Arch, int Height, int Width, int Out, int Window, class Sums>
struct AmxPooledOutputs {
    using Row = detail::RowSums<Height, Width>;
    static constexpr int rows = Window;
    bfloat16* images;
    std::byte* places;
    Sums sums_of_channels;

    void store(std::ptrdiff_t group, int count, int row, int panel, const float* sums, const float* bias) const {
        const std::ptrdiff_t first_image = group * Row::Groups::images;
        const int first_channel = panel * Row::columns;
        detail::for_panel_channels<Arch, Out>(
            panel, [&](auto registers, int c) __attribute__((always_inline)) {
                using V = typename decltype(registers)::Vector;
                const V biases = load<V>(bias + c);
                const auto maximum = [&](int x, int image) __attribute__((always_inline)) {
                    const float* const from = sums + Row::place(x * Window, image) + c;
                    return maximum_of<Window * Window, V>([&](auto element) __attribute__((always_inline)) {
                        return load<V>(from + element / Window * Row::size + Row::place(element % Window, 0));
                    });
                };
                auto running = sums_of_channels.template begin<V>(group, first_channel + c, row == 0,
                                                                  [&] { return V(maximum(0, 0).value + biases); });
                for (int image = 0; image < count; ++image) {
                    running.image(first_image + image);
                    std::ptrdiff_t to =
                        ((first_image + image) * (Height / Window) + row / Window) * (Width / Window) * Out +
                        first_channel + c;
                    for (int x = 0; x < Width / Window; ++x, to += Out) {
                        const auto greatest = maximum(x, image);
                        const V value = greatest.value + biases;
                        cpu::store(value, images + to);
                        if (places) store_places(greatest.place, places + to);
                        running.add(value, to);
                    }
                }
                running.end();
            });
    }
};

/// The output (batch, Height, Width, Out) as it is: windows of one pixel.
template <class Arch, int Height, int Width, int Out, class Sums>
struct AmxOutputs : AmxPooledOutputs<Arch, Height, Width, Out, 1, Sums> {
    AmxOutputs(bfloat16* to, const Sums& sums)
        : AmxPooledOutputs<Arch, Height, Width, Out, 1, Sums>{to, nullptr, sums} {}
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
