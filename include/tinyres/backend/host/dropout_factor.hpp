#pragma once

#include "tinyres/random/philox.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// No dropout behind a normalization.
struct NoDropout {
    static constexpr double probability = 0.0;
};

/// The factor of what `random_word` was drawn for, for Dropout one element, for Dropout2d one channel of an image: 0,
/// or 1 / (1 - probability). All backends drop by this rule, so they drop the same.
template <class T>
constexpr T dropout_factor(double probability, std::uint32_t random_word) {
    return static_cast<double>(to_uniform(random_word)) < probability ? T{0}
                                                                      : static_cast<T>(1.0 / (1.0 - probability));
}

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
