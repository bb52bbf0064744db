#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/vector_access.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The blocks of 256 threads that `for_elements` needs for `count` elements.
template <class Value>
Grid element_grid(std::ptrdiff_t count) {
    return {.blocks = blocks_for(count, 256 * chunk<Value>)};
}

/// Calls `function(width, i)` for this thread's part of `count` elements: `width`, a std::integral_constant, of them
/// from `i` on. Of arrays aligned to 16 bytes they are 16 bytes each; only the last few come one by one.
template <class Value, class Function>
__device__ __forceinline__ void for_elements(std::ptrdiff_t count, Function function) {
    const std::ptrdiff_t first = (std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x) * chunk<Value>;
    if (first + chunk<Value> <= count) {
        function(std::integral_constant<int, chunk<Value>>{}, first);
    } else {
        for (std::ptrdiff_t i = first; i < count; ++i) function(std::integral_constant<int, 1>{}, i);
    }
}

/// to[i] = function(a[i], b[i]) for `count` elements.
template <class Value, class Function>
__device__ __forceinline__ void combine(std::ptrdiff_t count, const Value* a, const Value* b, Value* to,
                                        Function function) {
    for_elements<Value>(count, [&](auto width, std::ptrdiff_t i) {
        float left[width], right[width];
        load_vector(left, a + i);
        load_vector(right, b + i);
        for (int j = 0; j < width; ++j) left[j] = function(left[j], right[j]);
        store_vector(left, to + i);
    });
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
