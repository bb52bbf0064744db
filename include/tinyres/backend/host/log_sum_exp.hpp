#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cmath>

namespace tinyres::inline TINYRES_ARCH {

/// log(sum of exp(x_k)) of `count` values, without overflow.
template <class T>
T log_sum_exp(const T* x, int count) {
    const T maximum = *std::max_element(x, x + count);
    T sum = 0;
    for (int k = 0; k < count; ++k) sum += std::exp(x[k] - maximum);
    return maximum + std::log(sum);
}

} // namespace tinyres::inline TINYRES_ARCH
