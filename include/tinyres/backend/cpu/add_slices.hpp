#pragma once

#include "tinyres/backend/cpu/parallel.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// to (count) = the sum of `slices` arrays, `size` from one to the next, in their order.
inline void add_slices(int threads, const float* sums, std::ptrdiff_t size, int slices, std::ptrdiff_t count,
                       float* to) {
    parallel_ranges(threads, count, [&](Range range) {
        std::copy(sums + range.begin, sums + range.end, to + range.begin);
        for (int slice = 1; slice < slices; ++slice)
            for (std::ptrdiff_t i = range.begin; i < range.end; ++i) to[i] += sums[slice * size + i];
    });
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
