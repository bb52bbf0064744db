#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

/// How the synthetic images are drawn. All arithmetic is in double, which leaves so much room to the final rounding to
/// bytes that machines which round sines or fused products differently still draw the same images.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace synthetic {

/// The images' width and height in pixels.
inline constexpr int side = 32;

/// A place in pixels (the upper left pixel's center is at 0.5, 0.5) or in a shape's own units.
struct Point {
    double x;
    double y;
};

inline Point operator-(Point a, Point b) {
    return {a.x - b.x, a.y - b.y};
}
inline double dot(Point a, Point b) {
    return a.x * b.x + a.y * b.y;
}
inline double length(Point a) {
    return std::sqrt(dot(a, a));
}

/// Red, green and blue in [0, 1].
using Color = std::array<double, 3>;

/// `from` where amount = 0, `to` where amount = 1.
inline Color mix(const Color& from, const Color& to, double amount) {
    return {from[0] + (to[0] - from[0]) * amount, from[1] + (to[1] - from[1]) * amount,
            from[2] + (to[2] - from[2]) * amount};
}

inline double distance(const Color& a, const Color& b) {
    return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

/// Uniform in [low, high).
inline double uniform(RandomStream& random, double low, double high) {
    return low + (high - low) * static_cast<double>(random.uniform());
}

/// A direction of length 1, all equally likely.
inline Point random_direction(RandomStream& random) {
    const double angle = uniform(random, 0.0, 6.283185307179586);
    return {std::cos(angle), std::sin(angle)};
}

inline Color random_color(RandomStream& random) {
    return {uniform(random, 0.0, 1.0), uniform(random, 0.0, 1.0), uniform(random, 0.0, 1.0)};
}

/// An image while it is drawn.
struct Canvas {
    std::array<Color, std::size_t{side} * side> pixels; // (side, side)

    Color& at(int y, int x) { return pixels[static_cast<std::size_t>(y * side + x)]; }
};

/// Rounds the canvas, with a grain of up to +-`grain` in each value, to bytes (side, side, 3).
inline void develop(const Canvas& canvas, double grain, RandomStream& random, std::span<std::uint8_t> bytes) {
    std::size_t next = 0;
    for (const Color& pixel : canvas.pixels) {
        const std::uint32_t word = random.word(); // ten bits for each of the three values
        for (std::uint32_t channel = 0; channel < 3; ++channel) {
            const double noise = static_cast<double>((word >> (10 * channel)) & 1023u) / 511.5 - 1.0;
            const double value = std::clamp(pixel[channel] + grain * noise, 0.0, 1.0);
            bytes[next++] = static_cast<std::uint8_t>(255.0 * value + 0.5);
        }
    }
}

} // namespace synthetic
} // namespace TINYRES_ARCH
} // namespace tinyres
