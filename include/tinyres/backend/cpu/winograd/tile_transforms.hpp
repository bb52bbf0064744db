#pragma once

#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/window_maximum.hpp"
#include "tinyres/backend/cpu/winograd/transforms.hpp"

#include <numeric>

/// The transforms of tiles over their channels. Sizes are arguments, so that all layers share the code; only whether
/// single channels are left over behind the last whole register (`Ragged`) is part of the type. A component lies
/// `component_stride` elements behind the one before it.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

/// Stores the components that `transform(tile, to)` finds, one call of `to(component, value)` each, for `Depth` tiles.
template <class V, std::size_t Depth, class T, class Transform>
[[gnu::always_inline]] inline void store_side_by_side(T* at, std::ptrdiff_t component_stride, Transform transform) {
    static_assert(Depth == 1 || Depth == 2);
    if constexpr (Depth == 1) {
        transform(
            std::size_t{0}, [&](int component, const V& value)
                                __attribute__((always_inline)) { store(value, at + component * component_stride); });
    } else {
        V first[Winograd::components];
        transform(
            std::size_t{0}, [&](int component, const V& value)
                                __attribute__((always_inline)) { first[component] = value; });
        transform(
            std::size_t{1}, [&](int component, const V& value) __attribute__((always_inline)) {
                store_interleaved(first[component], value, at + component * component_stride);
            });
    }
}

} // namespace detail

/// Input channels that lie side by side in the transformed patches of the weight gradient.
template <class Arch>
inline constexpr int winograd_strip = std::lcm(Tile<Arch>::tall_rows, lane_count<Lanes<Arch>>);

/// The components B' x B of the patches of `Depth` tiles side by side, as a product that sums over tiles takes them.
/// Strips of winograd_strip channels lie `strip_stride` elements apart.
template <class Arch, bool Ragged, class T, class Factor, std::size_t Depth>
void winograd_transform_patches(const std::array<std::array<const T*, Winograd::components>, Depth>& tiles,
                                int channels, Factor* to, std::ptrdiff_t component_stride,
                                std::ptrdiff_t strip_stride) {
    constexpr int strip = winograd_strip<Arch>;
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            Factor* const at = to + c / strip * strip_stride + c % strip * static_cast<int>(Depth);
            detail::store_side_by_side<V, Depth>(
                at, component_stride, [&](std::size_t tile, auto component) __attribute__((always_inline)) {
                    winograd_transform<WinogradInput, V>(
                        [&](int i, int j) __attribute__((always_inline)) {
                            return load<V>(tiles[tile][static_cast<std::size_t>(i * Winograd::size + j)] + c);
                        },
                        [&](int i, int j, const V& value)
                            __attribute__((always_inline)) { component(i * Winograd::size + j, value); });
                });
        });
}

/// The components A dy A' of the output gradients of `Depth` tiles side by side, and these gradients' sums (channels).
/// Panels of Tile::columns channels lie `panel_stride` elements apart.
template <class Arch, bool Ragged, class T, class Factor, std::size_t Depth>
void winograd_transform_gradients(const std::array<std::array<const T*, Winograd::pixels>, Depth>& tiles, int channels,
                                  Factor* to, std::ptrdiff_t component_stride, std::ptrdiff_t panel_stride,
                                  float* sums) {
    constexpr int columns = Tile<Arch>::columns;
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            Factor* const at = to + c / columns * panel_stride + c % columns * static_cast<int>(Depth);
            V sum(0.0f);
            detail::store_side_by_side<V, Depth>(
                at, component_stride, [&](std::size_t tile, auto component) __attribute__((always_inline)) {
                    winograd_transform<WinogradOutput, V>(
                        [&](int i, int j) __attribute__((always_inline)) {
                            const V value =
                                load<V>(tiles[tile][static_cast<std::size_t>(i * Winograd::outputs + j)] + c);
                            sum += value;
                            return value;
                        },
                        [&](int i, int j, const V& value)
                            __attribute__((always_inline)) { component(i * Winograd::size + j, value); });
                });
            store(sum, sums + c);
        });
}

/// Filters of the `Depth` input channels that a product takes in one step: (Depth, 3 * 3, Tile::columns).
template <class Arch, int Depth>
using FiltersOfStep =
    float[std::size_t{Depth}][std::size_t{Winograd::taps * Winograd::taps}][std::size_t{Tile<Arch>::columns}];

/// The components G g G' of such filters: (Tile::columns, Depth).
template <class Arch, class T, int Depth>
void winograd_transform_filters(const FiltersOfStep<Arch, Depth>& filters, T* to, std::ptrdiff_t component_stride) {
    using V = Lanes<Arch>;
    for (int column = 0; column < Tile<Arch>::columns; column += lane_count<V>)
        detail::store_side_by_side<V, std::size_t{Depth}>(
            to + column * Depth, component_stride, [&](std::size_t channel, auto component) {
                winograd_transform<WinogradFilter, V>(
                    [&](int i, int j) { return load<V>(filters[channel][i * Winograd::taps + j] + column); },
                    [&](int i, int j, const V& value) { component(i * Winograd::size + j, value); });
            });
}

/// Takes what a tile stores to `images`, from `first_channel` on, along to sums over channels.
template <class Sums, class T>
struct TileSums {
    const Sums& sums;
    const T* images;
    std::ptrdiff_t image;
    std::ptrdiff_t part;
    bool first; ///< of the part's tiles
    int first_channel;

    template <class V, class First>
    [[gnu::always_inline]] auto begin(int channel, First first_value) const {
        auto running = sums.template begin<V>(part, first_channel + channel, first, first_value);
        running.image(image);
        return running;
    }
};

/// The outputs A' M A of a tile, plus `bias`; null pixels are left out, but for the first.
template <class Arch, bool Ragged, class T, class Sums>
void winograd_transform_outputs(const float* components, std::ptrdiff_t component_stride, const float* bias,
                                int channels, const std::array<T*, Winograd::pixels>& pixels,
                                const TileSums<Sums, T>& sums) {
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            const V biases = load<V>(bias + c);
            V outputs[Winograd::pixels];
            winograd_transform_back<WinogradOutput, V>(
                [&](int i, int j) { return load<V>(components + (i * Winograd::size + j) * component_stride + c); },
                [&](int i, int j, const V& value) { outputs[i * Winograd::outputs + j] = value + biases; });
            auto running = sums.template begin<V>(c, [&] { return outputs[0]; });
            unrolled<Winograd::pixels>([&](auto index) __attribute__((always_inline)) {
                if (T* const pixel = pixels[index]) {
                    store(outputs[index], pixel + c);
                    running.add(outputs[index], pixel + c - sums.images);
                }
            });
            running.end();
        });
}

/// The outputs A' M A of a tile, plus `bias`, pooled: of each window of `Window` x `Window` outputs the greatest, and
/// its place in the window, a byte, where `places` are not null. Null pixels are left out, but for the first.
template <class Arch, bool Ragged, int Window, class T, std::size_t Windows, class Sums>
void winograd_transform_pooled_outputs(const float* components, std::ptrdiff_t component_stride, const float* bias,
                                       int channels, const std::array<T*, Windows>& pixels,
                                       const std::array<std::byte*, Windows>& places, const TileSums<Sums, T>& sums) {
    constexpr int across = Winograd::outputs / Window;
    detail::for_channels<Arch, Ragged>(
        channels, [&](auto registers, int c) __attribute__((always_inline)) {
            using V = typename decltype(registers)::Vector;
            const V biases = load<V>(bias + c);
            V outputs[Winograd::pixels];
            winograd_transform_back<WinogradOutput, V>(
                [&](int i, int j) { return load<V>(components + (i * Winograd::size + j) * component_stride + c); },
                [&](int i, int j, const V& value) { outputs[i * Winograd::outputs + j] = value + biases; });
            const auto maximum = [&](auto window) __attribute__((always_inline)) {
                constexpr int first = window / across * Window * Winograd::outputs + window % across * Window;
                return maximum_of<Window * Window, V>([&](auto element) __attribute__((always_inline)) {
                    return outputs[first + element / Window * Winograd::outputs + element % Window];
                });
            };
            auto running = sums.template begin<V>(c, [&] { return maximum(std::integral_constant<int, 0>{}).value; });
            unrolled<static_cast<int>(Windows)>([&](auto window) __attribute__((always_inline)) {
                const auto greatest = maximum(window);
                if (T* const pixel = pixels[window]) {
                    store(greatest.value, pixel + c);
                    running.add(greatest.value, pixel + c - sums.images);
                }
                if (std::byte* const place = places[window]) store_places(greatest.place, place + c);
            });
            running.end();
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

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
