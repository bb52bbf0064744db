#pragma once

#include "tinyres/backend/cuda/block_reduce.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// What mean and variance of some numbers follow from. An origin near them keeps the digits of the sums.
struct PartMoments {
    float origin;
    float sum;    ///< of x - origin
    float square; ///< of (x - origin)^2

    /// The sums of x - new_origin and of (x - new_origin)^2; `count` is how many numbers there are.
    __device__ __forceinline__ TwoSums about(double new_origin, int count) const {
        const double shift = static_cast<double>(origin) - new_origin;
        const auto of_origin = static_cast<double>(sum);
        return {of_origin + count * shift, static_cast<double>(square) + shift * (2.0 * of_origin + count * shift)};
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
