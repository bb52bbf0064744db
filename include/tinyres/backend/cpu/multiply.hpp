#pragma once

#include "tinyres/backend/cpu/simd.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// The register tile of matrix products: `rows` values are broadcast, each against `registers` registers.
template <class Arch>
struct Tile {
    static constexpr bool many_registers =
        std::is_base_of_v<xsimd::avx512f, Arch> || std::is_base_of_v<xsimd::neon64, Arch>;
    static constexpr int rows = many_registers ? 8 : 4; // accumulators for 32 or 16 registers
    static constexpr int registers = 2;
    static constexpr int columns = registers * lane_count<Lanes<Arch>>;
};

/// The accumulators of a tile: `Rows` rows of Tile::columns floats.
template <class Arch, int Rows>
struct Accumulators {
    Lanes<Arch> value[Rows][Tile<Arch>::registers];
};

template <class Arch, int Rows>
[[gnu::always_inline]] inline void clear(Accumulators<Arch, Rows>& sum) {
    unrolled<Rows>(
        [&](auto r) { unrolled<Tile<Arch>::registers>([&](auto j) { sum.value[r][j] = Lanes<Arch>(0.0f); }); });
}

/// sum[r][:] += sum over k < count of a[offset(r) + k * step] * b[k][:], with b (count, Tile::columns).
/// `offset` is called with constants; inlined so that the sums stay in registers.
template <class Arch, int Rows, class Offset>
[[gnu::always_inline]] inline void multiply_accumulate(Accumulators<Arch, Rows>& sum, const float* a, Offset offset,
                                                       std::ptrdiff_t step, const float* b, int count) {
    using V = Lanes<Arch>;
    constexpr int registers = Tile<Arch>::registers;
    for (int k = 0; k < count; ++k) {
        V right[registers];
        unrolled<registers>([&](auto j) { right[j] = load<V>(b + j * lane_count<V>); });
        unrolled<Rows>([&](auto r) {
            const V left(a[offset(r)]);
            unrolled<registers>([&](auto j) { sum.value[r][j] = multiply_add(left, right[j], sum.value[r][j]); });
        });
        a += step;
        b += Tile<Arch>::columns;
    }
}

} // namespace tinyres::inline TINYRES_ARCH
