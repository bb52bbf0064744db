#pragma once

#include "tinyres/core/config.hpp"

#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The size of one image's activation as a value: what layers compute with. `flat` marks a plain feature vector (after
/// Flatten), whose length is `channels`. The batch is never part of a shape.
struct Dims {
    int channels = 0;
    int height = 1;
    int width = 1;
    bool flat = false;

    constexpr int pixels() const { return height * width; }
    constexpr int size() const { return channels * height * width; }
    constexpr bool positive() const { return channels > 0 && height > 0 && width > 0; }
    friend constexpr bool operator==(const Dims&, const Dims&) = default;
};

/// Names the sizes when one is not positive. A class of its own, as of one whose assertion fails clang knows no member.
template <int... Sizes>
struct shape_has_no_size {
    static_assert(((Sizes > 0) && ...), "tinyres: every size of a Shape must be positive");
};

/// The same as a type, in PyTorch's order: `Shape<channels, height, width>` for an image, `Shape<features>` for a
/// vector. Kernels are keyed on it, and it is what a compile error shows. In memory an image is always NHWC.
template <int... Sizes>
struct Shape;

/// Of an image.
template <int Channels, int Height, int Width>
struct Shape<Channels, Height, Width> {
    static_assert(sizeof(shape_has_no_size<Channels, Height, Width>) > 0);
    static constexpr int channels = Channels;
    static constexpr int height = Height;
    static constexpr int width = Width;
    static constexpr int pixels = Height * Width;
    static constexpr int size = Channels * Height * Width;
    static constexpr Dims dims{Channels, Height, Width, false};
};

/// Of a vector.
template <int Features>
struct Shape<Features> {
    static_assert(sizeof(shape_has_no_size<Features>) > 0);
    static constexpr int channels = Features;
    static constexpr int height = 1;
    static constexpr int width = 1;
    static constexpr int pixels = 1;
    static constexpr int size = Features;
    static constexpr Dims dims{Features, 1, 1, true};
};

/// The input of a network: images of `Channels` x `Height` x `Width`.
template <int Channels, int Height, int Width>
using Image = Shape<Channels, Height, Width>;

/// From the value to the type: its four members as arguments (g++ 12 crashes on a dependent Dims as an argument).
template <int Channels, int Height, int Width, bool Flat>
using ShapeOf = typename std::conditional_t<Flat, std::type_identity<Shape<Channels>>,
                                            std::type_identity<Shape<Channels, Height, Width>>>::type;

} // namespace TINYRES_ARCH
} // namespace tinyres
