#pragma once

#include "tinyres/backend/cuda/block_reduce.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// What log_probability of a vector's elements needs: its maximum and the logarithm of the sum of exp(x_j - maximum).
struct LogSumExp {
    float maximum;
    float log_sum;

    /// x_k - log(sum of exp(x_j)).
    __device__ float log_probability(float x) const { return (x - maximum) - log_sum; }
};

/// The greatest of `count` values, by a whole warp, in every lane; a first value that is NaN stays the greatest.
__device__ inline float maximum_of(const float* x, int count) {
    float maximum = x[0];
    for (int k = static_cast<int>(threadIdx.x) % 32; k < count; k += 32) maximum = x[k] > maximum ? x[k] : maximum;
    return from_first_lane(warp_reduce(maximum, [](float a, float b) { return b > a ? b : a; }));
}

/// Of `count` values, whose maximum is given, by a whole warp, in every lane; a NaN among them makes the sum one.
__device__ inline LogSumExp log_sum_exp(const float* x, int count, float maximum) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    float sum = 0.0f;
    for (int k = lane; k < count; k += 32) sum += expf(x[k] - maximum);
    return {maximum, logf(from_first_lane(warp_sum(sum)))};
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
