#pragma once

#include "tinyres/core/config.hpp"

#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A number for each output of a network, by which a loss weighs it; refers to numbers that must outlive it and are
/// finite and not negative. None is the same as ones.
class OutputWeights {
public:
    constexpr OutputWeights() = default;
    // NOLINTBEGIN(google-explicit-constructor): it is a view
    constexpr OutputWeights(std::span<const float> values) : values_(values) {}
    OutputWeights(const std::vector<float>& values) : values_(values) {}
    OutputWeights(std::vector<float>&&) = delete; // it would refer to numbers that are gone
    // NOLINTEND(google-explicit-constructor)

    constexpr std::span<const float> values() const { return values_; }

    /// Whether both refer to the same numbers.
    friend constexpr bool operator==(const OutputWeights& a, const OutputWeights& b) {
        return a.values_.data() == b.values_.data() && a.values_.size() == b.values_.size();
    }

private:
    std::span<const float> values_{};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
