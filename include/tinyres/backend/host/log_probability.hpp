#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// The logarithm of softmax over `count` values x, a function of each of them: x_k - log(sum of exp(x_j)). Neither
/// overflows nor, as the maximum is taken off first, loses digits where the values are large.
template <class T>
class LogProbability {
public:
    LogProbability(const T* x, int count) : maximum_(*std::max_element(x, x + count)) {
        T sum = 0;
        for (int k = 0; k < count; ++k) sum += std::exp(x[k] - maximum_);
        log_sum_ = std::log(sum);
    }

    T operator()(T x) const { return (x - maximum_) - log_sum_; }

private:
    T maximum_;
    T log_sum_ = 0;
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
