#pragma once

#include "tinyres/backend/cpu/amx/tiles.hpp"
#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/scratch.hpp"
#include "tinyres/backend/cpu/transpose.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// How images are laid side by side for tiles: `images` of them pixel by pixel, so that a row of them all, which has a
/// zero column on either side, is whole blocks of 32 places with as little as possible left over. A 3x3 filter's
/// nine taps are the same block of places shifted.
template <int Height, int Width>
struct ImageGroups {
    static constexpr int block = 2 * TileSize::rows; ///< places that are multiplied at once

    /// Images in a group. Even, so that a pair of neighboring places is the same pixel of two images.
    static constexpr int images = [] {
        const auto left_over = [](int count) { return (block - count * Width % block) % block; };
        int best = 2;
        for (int count = 2; count <= block; count += 2) {
            // The smallest group that leaves over at most an eighth, else the one that leaves least of each place.
            if (8 * left_over(count) <= count * Width) return count;
            if (left_over(count) * best < left_over(best) * count) best = count;
        }
        return best;
    }();
    static constexpr int row = images * Width;               ///< places of a row, without the zero columns
    static constexpr int blocks = (row + block - 1) / block; ///< blocks of a row
    static constexpr int padded_row = images * (Width + 2);  ///< places of a row with the zero columns
    static constexpr int slack = blocks * block - row;       ///< how far the last block reaches beyond a row

    /// How many groups hold `batch` images.
    static constexpr std::ptrdiff_t count(int batch) { return (batch + images - 1) / images; }
};

namespace detail {

using SixteenHalves = VectorTypes<16>::HalfBits;
using SixteenWords = Words<16>;

/// 16 pairs (first[i], second[i]) of `count` numbers each, zeros behind them; `second` may be null: zeros. By
/// reference, since g++ warns where vectors are passed that a register does not hold.
[[gnu::always_inline]] inline void load_pairs(const bfloat16* first, const bfloat16* second, int count,
                                              SixteenWords& pairs) {
    const std::size_t bytes = (count >= 16 ? 16 : static_cast<std::size_t>(count)) * sizeof(bfloat16);
    SixteenHalves low{};
    SixteenHalves high{};
    std::memcpy(&low, first, bytes);
    if (second) std::memcpy(&high, second, bytes);
    pairs = __builtin_convertvector(low, SixteenWords) | __builtin_convertvector(high, SixteenWords) << 16;
}

} // namespace detail
} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
