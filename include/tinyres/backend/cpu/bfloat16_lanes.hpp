#pragma once

#include "tinyres/backend/cpu/simd.hpp"
#include "tinyres/core/bfloat16.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

/// Loading and storing bfloat16 as registers of floats. Written in the compilers' own vector types, which turn into the
/// right instructions for every instruction set; AVX512_BF16 has some of its own (subnormal numbers are zeros to it).
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

template <int Lanes>
struct VectorTypes {
    typedef std::uint8_t Bytes __attribute__((vector_size(Lanes)));
    typedef std::uint16_t HalfBits __attribute__((vector_size(2 * Lanes)));
    typedef std::uint32_t Bits __attribute__((vector_size(4 * Lanes)));
    typedef float Floats __attribute__((vector_size(4 * Lanes)));
};

/// Vectors with as many elements as a register has lanes: the bits of the floats in it, bfloat16 numbers, bytes.
template <class V>
using FloatsOf = typename VectorTypes<lane_count<V>>::Floats;
template <class V>
using BitsOf = typename VectorTypes<lane_count<V>>::Bits;
template <class V>
using HalfBitsOf = typename VectorTypes<lane_count<V>>::HalfBits;
template <class V>
using BytesOf = typename VectorTypes<lane_count<V>>::Bytes;

template <class V>
[[gnu::always_inline]] inline BitsOf<V> bits_of(const V& value) {
    return std::bit_cast<BitsOf<V>>(typename V::register_type(value));
}

template <class V>
[[gnu::always_inline]] inline V from_bits(const BitsOf<V>& bits) {
    return V(std::bit_cast<typename V::register_type>(bits));
}

/// Whether a register is one that AVX512_BF16 instructions take.
template <class V>
inline constexpr bool has_bfloat16_instructions =
#ifdef __AVX512BF16__
    lane_count<V> == 16;
#else
    false;
#endif

/// The bits of the lanes rounded to bfloat16, in the upper halves; the lower halves are whatever was left over.
template <class V>
[[gnu::always_inline]] inline BitsOf<V> round_upper_half(const V& value) {
    using Bits = BitsOf<V>;
    const Bits bits = bits_of(value);
    const Bits rounded = bits + 0x7FFFu + (bits >> 16 & 1u);
    const Bits nan = std::bit_cast<Bits>((bits & 0x7FFF'FFFFu) > 0x7F80'0000u);
    return (rounded & ~nan) | ((bits | 0x0040'0000u) & nan);
}

/// The lanes rounded to bfloat16.
template <class V>
[[gnu::always_inline]] inline HalfBitsOf<V> round_lanes(const V& value) {
#ifdef __AVX512BF16__
    if constexpr (has_bfloat16_instructions<V>)
        return std::bit_cast<HalfBitsOf<V>>(_mm512_cvtneps_pbh(value));
    else
#endif
        return __builtin_convertvector(round_upper_half(value) >> 16, HalfBitsOf<V>);
}

/// The lanes of both rounded to bfloat16, in turns.
template <class V>
[[gnu::always_inline]] inline BitsOf<V> round_to_pairs(const V& first, const V& second) {
#ifdef __AVX512BF16__
    if constexpr (has_bfloat16_instructions<V>) {
        using Halves = typename VectorTypes<2 * lane_count<V>>::HalfBits;
        const auto halves =
            std::bit_cast<Halves>(_mm512_cvtne2ps_pbh(second, first)); // the first one's, then the other's
        return [&]<int... Half>(std::integer_sequence<int, Half...>) __attribute__((always_inline)) {
            return std::bit_cast<BitsOf<V>>(
                __builtin_shufflevector(halves, halves, (Half / 2 + Half % 2 * lane_count<V>)...));
        }
        (std::make_integer_sequence<int, 2 * lane_count<V>>{});
    } else
#endif
    {
        const auto low = __builtin_convertvector(round_lanes(first), BitsOf<V>);
        return low | __builtin_convertvector(round_lanes(second), BitsOf<V>) << 16;
    }
}

} // namespace detail

/// bfloat16 numbers at any address, widened.
template <class V>
[[gnu::always_inline]] inline V load(const bfloat16* from) {
    if constexpr (std::is_same_v<V, float>) {
        return *from;
    } else {
        detail::HalfBitsOf<V> half;
        std::memcpy(&half, from, sizeof(half));
        return detail::from_bits<V>(__builtin_convertvector(half, detail::BitsOf<V>) << 16);
    }
}

/// Writes floats to any address, rounded as bfloat16 rounds.
template <class V>
[[gnu::always_inline]] inline void store(const V& value, bfloat16* to) {
    if constexpr (std::is_same_v<V, float>) {
        *to = bfloat16(value);
    } else {
        const detail::HalfBitsOf<V> half = detail::round_lanes(value);
        std::memcpy(to, &half, sizeof(half));
    }
}

/// The lanes as they are when they were stored as `T`.
template <class T, class V>
[[gnu::always_inline]] inline V rounded_to(const V& value) {
    if constexpr (std::is_same_v<T, float>)
        return value;
    else if constexpr (std::is_same_v<V, float>)
        return T(value);
    else
        return detail::from_bits<V>(__builtin_convertvector(detail::round_lanes(value), detail::BitsOf<V>) << 16);
}

/// to[2 i] = first[i], to[2 i + 1] = second[i].
template <class V>
[[gnu::always_inline]] inline void store_interleaved(const V& first, const V& second, bfloat16* to) {
    if constexpr (std::is_same_v<V, float>) {
        to[0] = bfloat16(first);
        to[1] = bfloat16(second);
    } else {
        const detail::BitsOf<V> pairs = detail::round_to_pairs(first, second);
        std::memcpy(to, &pairs, sizeof(pairs));
    }
}

/// Whether pairs of bfloat16 numbers are multiplied faster than their values as floats are. Zen 4 runs as many
/// vdpbf16ps a cycle as multiply-adds, each with twice the products. Intel's processors with AVX512_FP16 (Sapphire
/// Rapids and later) run one where they could run four multiply-adds: their bfloat16 unit is AMX.
template <class V>
inline constexpr bool multiplies_bfloat16_pairs =
#if defined(__AVX512BF16__) && !defined(__AVX512FP16__)
    lane_count<V> == 16;
#else
    false;
#endif

/// As many pairs of neighboring bfloat16 numbers as a register `V` has lanes.
template <class V>
struct Pairs {
    static_assert(multiplies_bfloat16_pairs<V>);
    detail::BitsOf<V> bits;

    [[gnu::always_inline]] static Pairs load(const bfloat16* from) {
        Pairs pairs;
        std::memcpy(&pairs.bits, from, sizeof(pairs.bits));
        return pairs;
    }

    /// The pair that begins at `from`, in every lane.
    [[gnu::always_inline]] static Pairs broadcast(const bfloat16* from) {
        std::uint32_t pair;
        std::memcpy(&pair, from, sizeof(pair));
        return {detail::BitsOf<V>{} + pair};
    }
};

#ifdef __AVX512BF16__
/// sum + a.first * b.first + a.second * b.second, lane by lane.
template <class V>
[[gnu::always_inline]] inline V multiply_add(const Pairs<V>& a, const Pairs<V>& b, const V& sum) {
    return V(_mm512_dpbf16_ps(sum, std::bit_cast<__m512bh>(a.bits), std::bit_cast<__m512bh>(b.bits)));
}
#endif

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
