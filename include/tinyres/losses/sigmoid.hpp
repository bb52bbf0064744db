#pragma once

#include "tinyres/core/config.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// 1 / (1 + exp(-x)) and the logarithms of it and of 1 minus it, none of which overflows or loses digits.
template <class T>
struct SigmoidOf {
    T probability;    ///< sigmoid(x)
    T complement;     ///< 1 - sigmoid(x) = sigmoid(-x)
    T log;            ///< log(sigmoid(x))
    T log_complement; ///< log(1 - sigmoid(x))

    constexpr explicit SigmoidOf(T x) {
        using std::exp;
        using std::log1p;
        const T small = exp(x < 0 ? x : -x); // in [0, 1]
        const T larger = 1 / (1 + small);
        probability = x < 0 ? small * larger : larger;
        complement = x < 0 ? larger : small * larger;
        const T log_larger = -log1p(small);
        log = x < 0 ? x + log_larger : log_larger;
        log_complement = x < 0 ? log_larger : log_larger - x;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
