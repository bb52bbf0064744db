#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"

#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {
namespace detail {

/// `Count` words of 32 bits, a power of 2.
template <int Count>
using Words = typename VectorTypes<Count>::Bits;

/// Lanes of two vectors exchanged so that a butterfly of distances Count / 2, ..., 2, 1 transposes `Count` of them. By
/// reference, since g++ warns where vectors are passed that a register does not hold.
template <int Distance, class Vector, int... Lane>
[[gnu::always_inline]] inline void exchange(Vector& upper, Vector& lower, std::integer_sequence<int, Lane...>) {
    constexpr int count = sizeof...(Lane);
    const Vector a = upper;
    const Vector b = lower;
    upper = __builtin_shufflevector(a, b, ((Lane & Distance) == 0 ? Lane : count + Lane - Distance)...);
    lower = __builtin_shufflevector(a, b, ((Lane & Distance) == 0 ? Lane + Distance : count + Lane)...);
}

/// The stages of the butterfly from `Distance` down to 1.
template <int Distance, int Count>
[[gnu::always_inline]] inline void transpose_from(Words<Count> (&rows)[std::size_t{Count}]) {
    if constexpr (Distance > 0) {
        unrolled<Count>([&](auto row) __attribute__((always_inline)) {
            if constexpr ((row & Distance) == 0)
                exchange<Distance>(rows[row], rows[row + Distance], std::make_integer_sequence<int, Count>{});
        });
        transpose_from<Distance / 2, Count>(rows);
    }
}

/// Transposes `Count` rows of as many words.
template <int Count>
[[gnu::always_inline]] inline void transpose(Words<Count> (&rows)[std::size_t{Count}]) {
    transpose_from<Count / 2, Count>(rows);
}

} // namespace detail
} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
