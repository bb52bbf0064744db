#pragma once

#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/winograd/transforms.hpp"

/// The transforms of one tile over its channels. Sizes are arguments, so that all layers share the code; only whether
/// single floats are left over behind the last whole register (`Ragged`) is part of the type. A component lies
/// `component_stride` floats behind the one before it.
namespace tinyres::inline TINYRES_ARCH {

/// Whether `Channels` channels leave single floats over.
template <class Arch, int Channels>
inline constexpr bool ragged = Channels % lane_count<Lanes<Arch>> != 0;

namespace detail {

/// Calls `function(Registers<V, 1>{}, first_channel)` for whole registers, then single floats.
template <class Arch, bool Ragged, class Function>
[[gnu::always_inline]] inline void for_channels(int channels, Function function) {
    constexpr int width = lane_count<Lanes<Arch>>;
    int c = 0;
    for (; c + width <= channels; c += width) function(Registers<Lanes<Arch>, 1>{}, c);
    if constexpr (Ragged)
        for (; c < channels; ++c) function(Registers<float, 1>{}, c);
}

} // namespace detail

/// Input channels that lie side by side in the transformed patches of the weight gradient.
template <class Arch>
inline constexpr int winograd_strip = std::max(Tile<Arch>::rows, lane_count<Lanes<Arch>>); // both powers of 2

/// The components B' x B of a patch. Strips of winograd_strip channels lie `strip_stride` floats apart.
template <class Arch, bool Ragged>
void winograd_transform_patch(const std::array<const float*, Winograd::components>& pixels, int channels, float* to,
                              std::ptrdiff_t component_stride, std::ptrdiff_t strip_stride) {
    constexpr int strip = winograd_strip<Arch>;
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            float* const at = to + c / strip * strip_stride + c % strip;
            winograd_transform<WinogradInput, V>(
                [&](int i, int j) { return load<V>(pixels[static_cast<std::size_t>(i * Winograd::size + j)] + c); },
                [&](int i, int j, const V& value) { store(value, at + (i * Winograd::size + j) * component_stride); });
        });
}

/// The components A dy A' of a tile's output gradients, and as one component more their sum. Panels of Tile::columns
/// channels lie `panel_stride` floats apart.
template <class Arch, bool Ragged>
void winograd_transform_gradient(const std::array<const float*, Winograd::pixels>& pixels, int channels, float* to,
                                 std::ptrdiff_t component_stride, std::ptrdiff_t panel_stride) {
    constexpr int columns = Tile<Arch>::columns;
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            float* const at = to + c / columns * panel_stride + c % columns;
            V sum(0.0f);
            winograd_transform<WinogradOutput, V>(
                [&](int i, int j) {
                    const V value = load<V>(pixels[static_cast<std::size_t>(i * Winograd::outputs + j)] + c);
                    sum += value;
                    return value;
                },
                [&](int i, int j, const V& value) { store(value, at + (i * Winograd::size + j) * component_stride); });
            store(sum, at + Winograd::components * component_stride);
        });
}

/// The components G g G' of the filters (3, 3, Tile::columns) of one input channel.
template <class Arch>
void winograd_transform_filters(const float* filters, float* to, std::ptrdiff_t component_stride) {
    using V = Lanes<Arch>;
    constexpr int columns = Tile<Arch>::columns;
    for (int column = 0; column < columns; column += lane_count<V>)
        winograd_transform<WinogradFilter, V>(
            [&](int i, int j) { return load<V>(filters + (i * Winograd::taps + j) * columns + column); },
            [&](int i, int j, const V& value) {
                store(value, to + (i * Winograd::size + j) * component_stride + column);
            });
}

/// The outputs A' M A of a tile, plus `bias`; null pixels are left out.
template <class Arch, bool Ragged>
void winograd_transform_outputs(const float* components, std::ptrdiff_t component_stride, const float* bias,
                                int channels, const std::array<float*, Winograd::pixels>& pixels) {
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            const V biases = load<V>(bias + c);
            winograd_transform_back<WinogradOutput, V>(
                [&](int i, int j) { return load<V>(components + (i * Winograd::size + j) * component_stride + c); },
                [&](int i, int j, const V& value) {
                    float* const pixel = pixels[static_cast<std::size_t>(i * Winograd::outputs + j)];
                    if (pixel) store(value + biases, pixel + c);
                });
        });
}

/// The gradients G' M G of the filters (3, 3, channels) of one input channel; a tap lies `tap_stride` floats behind the
/// one before it.
template <class Arch, bool Ragged>
void winograd_transform_filter_gradient(const float* components, std::ptrdiff_t component_stride, int channels,
                                        float* to, std::ptrdiff_t tap_stride) {
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            winograd_transform_back<WinogradFilter, V>(
                [&](int i, int j) { return load<V>(components + (i * Winograd::size + j) * component_stride + c); },
                [&](int i, int j, const V& value) { store(value, to + (i * Winograd::taps + j) * tap_stride + c); });
        });
}

} // namespace tinyres::inline TINYRES_ARCH
