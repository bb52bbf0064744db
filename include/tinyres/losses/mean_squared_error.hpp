#pragma once

#include "tinyres/losses/loss.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The mean over outputs and batch of (output - target)^2, for networks whose outputs are numbers to be met
/// (regression): PyTorch's `nn.MSELoss`.
struct MeanSquaredError {
    static constexpr auto takes = OutputFunction::none;
    static constexpr auto targets = TargetKind::numbers;

    template <class Image>
    constexpr auto terms(const Image& image) const {
        using T = typename Image::Number;
        return [image](int k, T& loss) {
            const T difference = image.output(k) - image.target(k);
            loss += difference * difference / image.outputs();
            return 2 * difference / image.outputs();
        };
    }

    bool operator==(const MeanSquaredError&) const = default;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
