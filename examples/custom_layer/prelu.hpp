#pragma once

#include <tinyres/core/layer.hpp>

/// max(x, 0) + slope * min(x, 0) with a trained slope a channel: PyTorch's `nn.PReLU(channels)`, but the slopes begin
/// at 0, so that the layer begins as a ReLU. He et al., "Delving deep into rectifiers" (2015).
struct PReLU {
    static constexpr std::string_view name = "PReLU";

    static constexpr tinyres::Refusal refuses(tinyres::Dims) { return tinyres::Refusal::none; }
    static constexpr tinyres::Dims output(tinyres::Dims in) { return in; }
    static constexpr tinyres::TensorList tensors(tinyres::Dims in) {
        return {{.name = "weight", .shape = {in.channels}, .rank = 1, .initial = tinyres::Initial::zeros}};
    }
};
