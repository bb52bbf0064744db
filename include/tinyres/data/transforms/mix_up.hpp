#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/transforms/batch_transform.hpp"
#include "tinyres/random/distributions.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Replaces each of `size` rows of `values` by share x row + (1 - share) x the row before it; the last row comes before
/// the first.
inline void mix_with_previous(std::span<float> values, int size, double share) {
    const float own = static_cast<float>(share), other = static_cast<float>(1.0 - share);
    const std::size_t row = values.size() / static_cast<std::size_t>(size);
    const std::span<const float> tail = values.last(row);
    thread_local std::vector<float> last;
    last.assign(tail.begin(), tail.end());
    for (std::size_t i = values.size(); i-- > 0;)
        values[i] = values[i] * own + (i >= row ? values[i - row] : last[i]) * other;
}

/// Mixes each image of a batch with the one before it, and their targets alike, by one share a batch that is drawn from
/// Beta(alpha, alpha) (Zhang et al., "mixup: beyond empirical risk minimization", 2017); torchvision's MixUp. The batch
/// must be shuffled.
struct MixUp {
    float alpha = 1.0f; ///< 1: all shares alike; smaller: mostly one image and little of the other

    void operator()(BatchView batch, RandomStream& random) const {
        const double parameter = static_cast<double>(alpha);
        const double share = beta_variate(random, parameter, parameter);
        mix_with_previous(batch.images, batch.size, share);
        mix_with_previous(batch.targets, batch.size, share);
    }

    /// Throws Error when alpha is not above 0.
    void validate() const { require_alpha("MixUp", alpha); }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
