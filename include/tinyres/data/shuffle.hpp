#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/random/philox.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Fills `order` with a random permutation of 0 .. order.size() - 1 (Fisher-Yates), which `seed` and `epoch` determine.
inline void shuffled_order(std::span<int> order, std::uint64_t seed, int epoch) {
    std::iota(order.begin(), order.end(), 0);
    RandomStream random{{.seed = seed, .purpose = Purpose::shuffle, .major = static_cast<std::uint32_t>(epoch)}};
    for (std::size_t last = order.size(); last > 1; --last)
        std::swap(order[last - 1], order[static_cast<std::size_t>(random.below(static_cast<int>(last)))]);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
