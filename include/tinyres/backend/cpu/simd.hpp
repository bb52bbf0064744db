#pragma once

#include "tinyres/core/config.hpp"

#include <type_traits>
#include <utility>

#if !defined(__OPTIMIZE__) && !defined(TINYRES_NO_OPTIMIZATION_WARNING)
#pragma message(                                                                                                       \
    "tinyres: compiled without optimization, networks run more than a hundred times slower: compile with -O2 or -O3, or define TINYRES_NO_OPTIMIZATION_WARNING")
#endif

// g++ 12 sees an uninitialized value in its own AVX-512 header where xsimd's square root uses it (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A vector register of floats of the instruction set `Arch`, which is part of every SIMD function's type: code for two
/// instruction sets never merges into one symbol.
template <class Arch>
using Lanes = xsimd::batch<float, Arch>;

/// How many floats a `V` holds: a vector register, or a single float for what is left over at the end of a loop.
template <class V>
inline constexpr int lane_count = static_cast<int>(V::size);
/// One: the float.
template <>
inline constexpr int lane_count<float> = 1;

/// What lies at any address, in a register or as a single float.
template <class V>
[[gnu::always_inline]] inline V load(const float* from) {
    if constexpr (std::is_same_v<V, float>)
        return *from;
    else
        return V::load_unaligned(from);
}

/// Writes a register or a single float to any address.
template <class V>
[[gnu::always_inline]] inline void store(const V& value, float* to) {
    if constexpr (std::is_same_v<V, float>)
        *to = value;
    else
        value.store_unaligned(to);
}

/// a * b + c.
template <class V>
[[gnu::always_inline]] inline V multiply_add(const V& a, const V& b, const V& c) {
    if constexpr (std::is_same_v<V, float>)
        return a * b + c;
    else
        return xsimd::fma(a, b, c);
}

/// condition ? a : b, lane by lane.
template <class Mask, class V>
[[gnu::always_inline]] inline V choose(const Mask& condition, const V& a, const V& b) {
    if constexpr (std::is_same_v<V, float>)
        return condition ? a : b;
    else
        return xsimd::select(condition, a, b);
}

/// Whether a value is a NaN, lane by lane: `value != value`, but with AVX that is false for a NaN in xsimd 8.1.
template <class V>
[[gnu::always_inline]] inline auto is_nan(const V& value) {
    if constexpr (std::is_same_v<V, float>)
        return value != value;
    else
        return xsimd::isnan(value);
}

/// Calls `function` with the constants 0 to Count - 1, unrolled by the language rather than by the optimizer's mood.
template <int Count, class Function>
[[gnu::always_inline]] inline void unrolled(Function&& function) {
    [&]<int... Indices>(std::integer_sequence<int, Indices...>) __attribute__((always_inline)) {
        (function(std::integral_constant<int, Indices>{}), ...);
    }
    (std::make_integer_sequence<int, Count>{});
}

/// `Count` neighboring registers of type `V`: what a loop over channels works on at a time.
template <class V, int Count>
struct Registers {
    using Vector = V;
    static constexpr int count = Count;
    static constexpr int lanes = lane_count<V>;
};

/// Walks over channels 0 to Channels - 1 in blocks of `Count` registers, then single registers, then single floats:
/// `function(Registers<V, N>{}, first_channel)`.
template <class Arch, int Channels, int Count, class Function>
void for_channel_blocks(Function&& function) {
    using V = Lanes<Arch>;
    constexpr int width = lane_count<V>;
    constexpr int blocks_end = Channels / (width * Count) * (width * Count);
    constexpr int registers_end = Channels / width * width;
    for (int c = 0; c < blocks_end; c += width * Count) function(Registers<V, Count>{}, c);
    if constexpr (blocks_end < registers_end)
        for (int c = blocks_end; c < registers_end; c += width) function(Registers<V, 1>{}, c);
    if constexpr (registers_end < Channels)
        for (int c = registers_end; c < Channels; ++c) function(Registers<float, 1>{}, c);
}

/// The same where the number of channels is a value.
template <class Arch, int Count, class Function>
[[gnu::always_inline]] inline void for_channel_blocks(int channels, Function&& function) {
    using V = Lanes<Arch>;
    constexpr int width = lane_count<V>;
    int c = 0;
    for (; c + width * Count <= channels; c += width * Count) function(Registers<V, Count>{}, c);
    for (; c + width <= channels; c += width) function(Registers<V, 1>{}, c);
    for (; c < channels; ++c) function(Registers<float, 1>{}, c);
}

/// Whether `Channels` channels leave single ones over.
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

/// Walks over `count` elements in registers, then single floats: `function(V{}, first)` with V as type only.
template <class Arch, class Function>
void for_elements(std::ptrdiff_t begin, std::ptrdiff_t end, Function&& function) {
    constexpr int width = lane_count<Lanes<Arch>>;
    for (; begin + width <= end; begin += width) function(Registers<Lanes<Arch>, 1>{}, begin);
    for (; begin < end; ++begin) function(Registers<float, 1>{}, begin);
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
