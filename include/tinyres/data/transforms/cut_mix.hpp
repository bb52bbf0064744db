#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/region.hpp"
#include "tinyres/data/transforms/batch_transform.hpp"
#include "tinyres/data/transforms/mix_up.hpp"
#include "tinyres/random/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Pastes into each image of a batch a rectangle of the one before it, and mixes their targets by what is left (Yun et
/// al., "CutMix: regularization strategy to train strong classifiers with localizable features", 2019); torchvision's
/// CutMix. One rectangle a batch: its share of the image is drawn from Beta(alpha, alpha), its middle is any pixel, and
/// what reaches beyond the image is cut off. The batch must be shuffled.
struct CutMix {
    float alpha = 1.0f; ///< 1: all shares alike; smaller: mostly nearly all or nearly nothing

    void operator()(BatchView batch, RandomStream& random) const {
        const double parameter = static_cast<double>(alpha);
        const double left_over = beta_variate(random, parameter, parameter);
        const int x = random.below(batch.width);
        const int y = random.below(batch.height);
        paste(batch, region(batch.height, batch.width, left_over, x, y));
    }

    /// The rectangle around (x, y) of an image of which the share `left_over` is to be left.
    static Region region(int height, int width, double left_over, int x, int y) {
        const double half = 0.5 * std::sqrt(1.0 - left_over);
        const int half_width = static_cast<int>(half * width), half_height = static_cast<int>(half * height);
        const int left = (std::max)(0, x - half_width), top = (std::max)(0, y - half_height);
        return {.left = left,
                .top = top,
                .width = (std::min)(width, x + half_width) - left,
                .height = (std::min)(height, y + half_height) - top};
    }

    /// Copies `region` of each image to the next one, of the last to the first, and mixes the targets.
    static void paste(BatchView batch, const Region& region) {
        const std::size_t step = static_cast<std::size_t>(batch.channels);
        const auto pixels = [&](int index, int y) {
            return batch.row(index, y).subspan(static_cast<std::size_t>(region.left) * step,
                                               static_cast<std::size_t>(region.width) * step);
        };
        thread_local std::vector<float> last;
        for (int y = region.top; y < region.top + region.height; ++y) {
            const std::span<const float> tail = pixels(batch.size - 1, y);
            last.assign(tail.begin(), tail.end());
            for (int index = batch.size - 1; index > 0; --index) {
                const std::span<const float> previous = pixels(index - 1, y);
                std::copy(previous.begin(), previous.end(), pixels(index, y).begin());
            }
            std::copy(last.begin(), last.end(), pixels(0, y).begin());
        }
        const double pasted = static_cast<double>(region.width) * region.height;
        mix_with_previous(batch.targets, batch.size, 1.0 - pasted / (static_cast<double>(batch.width) * batch.height));
    }

    /// Throws Error when alpha is not above 0.
    void validate() const { require_alpha("CutMix", alpha); }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
