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

/// Of `count` values, by a whole warp, in every lane; a NaN among them makes the sum one.
__device__ inline LogSumExp log_sum_exp(const float* x, int count) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    float maximum = x[0];
    for (int k = lane; k < count; k += 32) maximum = x[k] > maximum ? x[k] : maximum;
    maximum = from_first_lane(warp_reduce(maximum, [](float a, float b) { return b > a ? b : a; }));
    float sum = 0.0f;
    for (int k = lane; k < count; k += 32) sum += expf(x[k] - maximum);
    return {maximum, logf(from_first_lane(warp_sum(sum)))};
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
