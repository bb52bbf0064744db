#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The register tile of matrix products: `rows` values are broadcast, each against `registers` registers.
template <class Arch>
struct Tile {
    static constexpr bool many_registers =
        std::is_base_of_v<xsimd::avx512f, Arch> || std::is_base_of_v<xsimd::neon64, Arch>;
    static constexpr int rows = many_registers ? 8 : 4;      // accumulators for 32 or 16 registers
    static constexpr int tall_rows = many_registers ? 8 : 6; // all registers but three: no power of 2
    static constexpr int registers = 2;
    static constexpr int columns = registers * lane_count<Lanes<Arch>>;
};

/// The accumulators of a tile: `Rows` rows of Tile::columns floats.
template <class Arch, int Rows>
struct Accumulators {
    Lanes<Arch> value[std::size_t{Rows}][std::size_t{Tile<Arch>::registers}];
};

/// Sets all accumulators to 0.
template <class Arch, int Rows>
[[gnu::always_inline]] inline void clear(Accumulators<Arch, Rows>& sum) {
    unrolled<Rows>(
        [&](auto r) { unrolled<Tile<Arch>::registers>([&](auto j) { sum.value[r][j] = Lanes<Arch>(0.0f); }); });
}

/// What numbers of type `T` are multiplied as: bfloat16 in pairs where that is faster, float elsewhere.
template <class Arch, class T>
using Operand = std::conditional_t<std::is_same_v<T, bfloat16> && !multiplies_bfloat16_pairs<Lanes<Arch>>, float, T>;

/// How many neighboring values of the sum's index one multiply-add takes: of bfloat16 numbers two.
template <class T>
inline constexpr int depth_of_step = std::is_same_v<T, bfloat16> ? 2 : 1;

/// In how many steps a sum of `count` products is added up; the last one is filled up with zeros.
template <class T>
constexpr int steps_of(int count) {
    return (count + depth_of_step<T> - 1) / depth_of_step<T>;
}

namespace detail {

/// One step's operands: a value of float, a pair of bfloat16 numbers.
template <class V, class T>
struct StepOperand;

template <class V>
struct StepOperand<V, float> {
    [[gnu::always_inline]] static V load(const float* from) { return cpu::load<V>(from); }
    [[gnu::always_inline]] static V broadcast(const float* from) { return V(*from); }
};
template <class V>
struct StepOperand<V, bfloat16> : Pairs<V> {};

} // namespace detail

/// sum[r][:] += sum over k < steps and d < depth of a[offset(r) + k * stride + d] * b[k][:][d],
///
/// with depth = depth_of_step<T> and b (steps, Tile::columns, depth). `offset` is called with constants; inlined so
/// that the sums stay in registers.
template <class Arch, int Rows, class T, class Offset>
[[gnu::always_inline]] inline void multiply_accumulate(Accumulators<Arch, Rows>& sum, const T* a, Offset offset,
                                                       std::ptrdiff_t stride, const T* b, int steps) {
    using V = Lanes<Arch>;
    using OneStep = detail::StepOperand<V, T>;
    constexpr int registers = Tile<Arch>::registers;
    constexpr int depth = depth_of_step<T>;
    for (int k = 0; k < steps; ++k) {
        decltype(OneStep::load(b)) right[std::size_t{registers}];
        unrolled<registers>([&](auto j) { right[j] = OneStep::load(b + j * lane_count<V> * depth); });
        unrolled<Rows>([&](auto r) {
            const auto left = OneStep::broadcast(a + offset(r));
            unrolled<registers>([&](auto j) { sum.value[r][j] = multiply_add(left, right[j], sum.value[r][j]); });
        });
        a += stride;
        b += Tile<Arch>::columns * depth;
    }
}

/// Calls `function(constant number of rows, first row)` for tiles that cover `rows` rows: as many as possible of
/// Tile::tall_rows, then a smaller one that holds the rest, of which it may reach one row beyond (of 8 rows three).
template <class Arch, class Function>
void for_row_tiles(int rows, Function function) {
    constexpr int tall = Tile<Arch>::tall_rows;
    int row = 0;
    for (; row + tall <= rows; row += tall) function(std::integral_constant<int, tall>{}, row);
    if (rows - row > 4)
        function(std::integral_constant<int, tall>{}, row);
    else if (rows - row > 2)
        function(std::integral_constant<int, 4>{}, row);
    else if (rows - row > 0)
        function(std::integral_constant<int, 2>{}, row);
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
