#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/random/philox.hpp"

#include <cmath>
#include <numbers>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Uniform in (0, 1), without its ends, with 32 random bits; for what takes a logarithm.
inline double open_uniform(RandomStream& random) {
    return (static_cast<double>(random.word()) + 0.5) * 0x1p-32;
}

/// From the normal distribution of mean 0 and variance 1 (Box and Muller, "A note on the generation of random normal
/// deviates", 1958); takes two words.
inline double standard_normal(RandomStream& random) {
    const double radius = std::sqrt(-2.0 * std::log(open_uniform(random)));
    return radius * std::cos(2.0 * std::numbers::pi * open_uniform(random));
}

/// The logarithm of a number from the gamma distribution of `shape` > 0 and scale 1 (Marsaglia and Tsang, "A simple
/// method for generating gamma variables", 2000). The number itself would often be 0 in double where shape is small.
inline double log_gamma_variate(RandomStream& random, double shape) {
    if (shape < 1.0) {
        const double log_uniform = std::log(open_uniform(random));
        return log_gamma_variate(random, shape + 1.0) + log_uniform / shape;
    }
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    for (;;) {
        const double normal = standard_normal(random);
        const double root = 1.0 + c * normal;
        const double log_uniform = std::log(open_uniform(random));
        if (root <= 0.0) continue;
        const double cube = root * root * root;
        if (log_uniform < 0.5 * normal * normal + d - d * cube + d * std::log(cube)) return std::log(d * cube);
    }
}

/// From the beta distribution of `a` and `b` > 0: in [0, 1], of mean a / (a + b) and variance
/// a b / ((a + b)^2 (a + b + 1)).
inline double beta_variate(RandomStream& random, double a, double b) {
    const double log_first = log_gamma_variate(random, a);
    const double log_second = log_gamma_variate(random, b);
    return 1.0 / (1.0 + std::exp(log_second - log_first));
}

} // namespace TINYRES_ARCH
} // namespace tinyres
