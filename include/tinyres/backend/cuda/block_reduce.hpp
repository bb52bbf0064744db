#pragma once

#include "tinyres/core/config.hpp"

#include <cub/block/block_reduce.cuh>
#include <cub/warp/warp_reduce.cuh>
#include <cuda_runtime.h>

/// Reductions over neighboring threads, by CUB. Each has one order, so that it is the same to the last bit every time.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// operation(a, b) over the lanes of a whole warp, in the first lane; undefined in others.
template <class Number, class Operation>
__device__ __forceinline__ Number warp_reduce(Number value, Operation operation) {
    typename cub::WarpReduce<Number>::TempStorage none; // of a whole warp, which shuffles, it is a formality
    static_assert(sizeof none == 1);
    return cub::WarpReduce<Number>(none).Reduce(value, operation);
}

/// The sum over the lanes of a whole warp, in the first lane; undefined in others.
template <class Number>
__device__ __forceinline__ Number warp_sum(Number value) {
    typename cub::WarpReduce<Number>::TempStorage none;
    return cub::WarpReduce<Number>(none).Sum(value);
}

/// The value that the first lane of a whole warp holds, in every lane.
template <class Number>
__device__ __forceinline__ Number from_first_lane(Number value) {
    return __shfl_sync(~0u, value, 0);
}

/// Two sums that are made together.
struct TwoSums {
    double first;
    double second;

    friend __device__ TwoSums operator+(const TwoSums& a, const TwoSums& b) {
        return {a.first + b.first, a.second + b.second};
    }
};

/// Sums over what lies side by side in memory, a block a sum.
template <class Sum>
struct BlockSum {
    static constexpr int threads = 128;
    using Reduce = cub::BlockReduce<Sum, threads, cub::BLOCK_REDUCE_WARP_REDUCTIONS>;
    typename Reduce::TempStorage storage;

    /// The sum of `value(i)` for i from 0 to `count`, in the first thread; undefined in others. All threads of the
    /// block call it, once.
    template <class Value>
    __device__ __forceinline__ Sum of(int count, Value value) {
        Sum sum{};
        for (int i = static_cast<int>(threadIdx.x); i < count; i += threads) sum = sum + value(i);
        return Reduce(storage).Sum(sum);
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
