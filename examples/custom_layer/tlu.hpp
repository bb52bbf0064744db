#pragma once

#include <tinyres/core/layer.hpp>

/// max(x, threshold) with a trained threshold per channel, the thresholded linear unit of Singh and Krishnan, "Filter
/// response normalization layer" (2020). The thresholds begin at 0, so that the layer begins as a ReLU.
struct TLU {
    static constexpr std::string_view name = "TLU";

    static constexpr tinyres::Refusal refuses(tinyres::Dims) { return tinyres::Refusal::none; }
    static constexpr tinyres::Dims output(tinyres::Dims in) { return in; }
    static constexpr tinyres::TensorList tensors(tinyres::Dims in) {
        return {{.name = "threshold", .shape = {in.channels}, .rank = 1, .initial = tinyres::Initial::zeros}};
    }
};
