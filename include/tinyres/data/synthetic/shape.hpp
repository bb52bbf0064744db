#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/synthetic/canvas.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace synthetic {

/// The ten classes, in the order of their labels.
enum class Shape { disc, ring, triangle, square, frame, cross, star, crescent, stripes, checker };

inline constexpr std::array<const char*, 10> shape_names{"disc",  "ring", "triangle", "square",  "frame",
                                                         "cross", "star", "crescent", "stripes", "checker"};

/// Signed distance of `p` to a rectangle around the origin: negative inside.
inline double box_distance(Point p, double half_width, double half_height) {
    const double x = std::abs(p.x) - half_width;
    const double y = std::abs(p.y) - half_height;
    return length({(std::max)(x, 0.0), (std::max)(y, 0.0)}) + (std::min)((std::max)(x, y), 0.0);
}

/// Signed distance to a star of five points: the plane is folded onto one half point, whose edge runs from the tip at
/// radius 1 to the notch at radius `notch`.
inline double star_distance(Point p, double notch) {
    constexpr Point fold{0.5877852522924731, 0.8090169943749475}; // sine and cosine of 36 degrees
    constexpr double sine36 = fold.x, cosine36 = fold.y;
    p.x = std::abs(p.x);
    for (const double mirror : {1.0, -1.0, 1.0}) { // onto the sector of 36 degrees beside the upward tip
        const Point normal{mirror * cosine36, -sine36};
        const double beyond = (std::max)(dot(p, normal), 0.0);
        p = {p.x - 2.0 * beyond * normal.x, p.y - 2.0 * beyond * normal.y};
        p.x = std::abs(p.x);
    }
    const Point tip{0.0, 1.0};
    const Point edge = Point{notch * sine36, notch * cosine36} - tip;
    const Point from_tip = p - tip;
    const double along = std::clamp(dot(from_tip, edge) / dot(edge, edge), 0.0, 1.0);
    const double away = length({from_tip.x - along * edge.x, from_tip.y - along * edge.y});
    const bool outside = from_tip.x * edge.y - from_tip.y * edge.x < 0.0;
    return outside ? away : -away;
}

/// Signed distance of `p` to a shape about as large as the unit disc: negative inside. Exact near the edges, a lower
/// bound of its size elsewhere.
inline double signed_distance(Shape shape, Point p) {
    switch (shape) {
    case Shape::disc:
        return length(p) - 0.88;
    case Shape::ring:
        return std::abs(length(p) - 0.72) - 0.2;
    case Shape::triangle: {
        constexpr double cosine30 = 0.8660254037844386;
        return (std::max)({-p.y, cosine30 * p.x + 0.5 * p.y, -cosine30 * p.x + 0.5 * p.y}) - 0.52;
    }
    case Shape::square:
        return box_distance(p, 0.74, 0.74);
    case Shape::frame:
        return (std::max)(box_distance(p, 0.78, 0.78), -box_distance(p, 0.44, 0.44));
    case Shape::cross:
        return (std::min)(box_distance(p, 0.95, 0.27), box_distance(p, 0.27, 0.95));
    case Shape::star:
        return star_distance(p, 0.42);
    case Shape::crescent:
        return (std::max)(length(p) - 0.92, 0.72 - length(p - Point{0.46, 0.0}));
    case Shape::stripes: {
        const Point outer{std::abs(p.x) - 0.62, p.y};
        return (std::min)(box_distance(p, 0.17, 0.8), box_distance(outer, 0.17, 0.8));
    }
    case Shape::checker: {
        const Point corner{std::abs(p.x) - 0.56, std::abs(p.y) - 0.56};
        return (std::min)(box_distance(p, 0.28, 0.28), box_distance(corner, 0.28, 0.28));
    }
    }
    return 1.0;
}

/// Where and how a shape lies on the canvas.
struct Placement {
    Point center;      // in pixels
    double radius;     // in pixels
    Point direction;   // where the shape's x axis points
    double elongation; // along that axis, 1 is none
};

/// Paints the shape, its color running from `light` to `dark` across it, with edges smoothed over one pixel.
inline void paint_shape(Canvas& canvas, Shape shape, const Placement& placement, const Color& light,
                        const Color& dark) {
    const auto [center, radius, direction, elongation] = placement;
    const double reach = radius * (std::max)(elongation, 1.0 / elongation) * 1.2 + 1.0;
    const auto pixel = [](double place) { return std::clamp(static_cast<int>(std::floor(place)), 0, side); };
    for (int y = pixel(center.y - reach); y < pixel(center.y + reach + 1.0); ++y)
        for (int x = pixel(center.x - reach); x < pixel(center.x + reach + 1.0); ++x) {
            const Point offset = Point{x + 0.5, y + 0.5} - center;
            const Point p{dot(offset, direction) / (radius * elongation),
                          (offset.y * direction.x - offset.x * direction.y) * elongation / radius};
            const double coverage = std::clamp(0.5 - radius * signed_distance(shape, p), 0.0, 1.0);
            if (coverage == 0.0) continue;
            const Color paint = mix(light, dark, std::clamp(0.5 + 0.5 * p.x, 0.0, 1.0));
            canvas.at(y, x) = mix(canvas.at(y, x), paint, coverage);
        }
}

} // namespace synthetic
} // namespace TINYRES_ARCH
} // namespace tinyres
