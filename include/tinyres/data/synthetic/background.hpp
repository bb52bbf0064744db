#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/synthetic/canvas.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace synthetic {

/// How far the background at each pixel is from its first color to its second, in [0, 1].
using Texture = std::array<double, std::size_t{side} * side>; // (side, side)

/// A slope in a random direction.
inline void draw_gradient(Texture& texture, RandomStream& random) {
    const Point direction = random_direction(random);
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const Point place{(x + 0.5) / side - 0.5, (y + 0.5) / side - 0.5};
            texture[static_cast<std::size_t>(y * side + x)] = std::clamp(0.5 + dot(place, direction), 0.0, 1.0);
        }
}

/// Random values on a grid of cells 2 to 9 pixels wide, smoothly interpolated.
inline void draw_noise(Texture& texture, RandomStream& random) {
    constexpr std::size_t nodes = 18;
    const double cell = uniform(random, 2.0, 9.0);
    std::array<float, nodes * nodes> grid;
    for (float& node : grid) node = random.uniform();
    const auto smooth = [](double t) { return t * t * (3.0 - 2.0 * t); };
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const double column = x / cell, line = y / cell;
            const std::size_t node = static_cast<std::size_t>(line) * nodes + static_cast<std::size_t>(column);
            const double right = smooth(column - std::floor(column)), down = smooth(line - std::floor(line));
            const double above = std::lerp(grid[node], grid[node + 1], right);
            const double below = std::lerp(grid[node + nodes], grid[node + nodes + 1], right);
            texture[static_cast<std::size_t>(y * side + x)] = above + (below - above) * down;
        }
}

/// Three waves in random directions, 8 to 30 pixels long.
inline void draw_plasma(Texture& texture, RandomStream& random) {
    texture.fill(0.5);
    for (int wave = 0; wave < 3; ++wave) {
        const Point direction = random_direction(random);
        const double frequency = 6.283185307179586 / uniform(random, 8.0, 30.0);
        const double phase = uniform(random, 0.0, 6.283185307179586);
        // sin(a x + b y + c) from the sines and cosines of its two parts: 64 of each in place of 1024.
        std::array<double, side> sine, cosine;
        for (std::size_t x = 0; x < side; ++x) {
            sine[x] = std::sin(frequency * direction.x * static_cast<double>(x));
            cosine[x] = std::cos(frequency * direction.x * static_cast<double>(x));
        }
        for (std::size_t y = 0; y < side; ++y) {
            const double rest = frequency * direction.y * static_cast<double>(y) + phase;
            const double rest_sine = std::sin(rest) / 6.0, rest_cosine = std::cos(rest) / 6.0;
            for (std::size_t x = 0; x < side; ++x)
                texture[y * side + x] += sine[x] * rest_cosine + cosine[x] * rest_sine;
        }
    }
}

/// Covers the canvas with a texture between two colors.
inline void paint_background(Canvas& canvas, const Color& first, const Color& second, RandomStream& random) {
    Texture texture;
    switch (random.below(3)) {
    case 0:
        draw_gradient(texture, random);
        break;
    case 1:
        draw_noise(texture, random);
        break;
    default:
        draw_plasma(texture, random);
    }
    for (std::size_t pixel = 0; pixel < texture.size(); ++pixel)
        canvas.pixels[pixel] = mix(first, second, texture[pixel]);
}

} // namespace synthetic
} // namespace TINYRES_ARCH
} // namespace tinyres
