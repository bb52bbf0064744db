#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The maximum of each `Window` x `Window` square, which do not overlap: PyTorch's `nn.MaxPool2d(Window)`.
/// The gradient goes to the first maximum of a window in row-major order, as in PyTorch; a NaN counts as the maximum.
template <int Window>
struct MaxPool {
    static constexpr std::string_view name = "MaxPool2d";

    static constexpr Refusal refuses(Dims in) {
        if (Window < 1 || Window > 16) return Refusal::the_window_must_be_between_1_and_16;
        if (in.flat) return Refusal::it_needs_an_image_but_gets_a_flat_vector;
        const bool fits = in.height % Window == 0 && in.width % Window == 0;
        return fits ? Refusal::none : Refusal::the_window_must_divide_height_and_width;
    }
    static constexpr Dims output(Dims in) { return {in.channels, in.height / Window, in.width / Window, false}; }
    static constexpr TensorList tensors(Dims) { return {}; }
};

/// Whether a layer takes maxima of windows.
template <class Layer>
inline constexpr bool is_max_pool = false;
template <int Window>
inline constexpr bool is_max_pool<MaxPool<Window>> = true;

} // namespace TINYRES_ARCH
} // namespace tinyres
