#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/data/synthetic/background.hpp"
#include "tinyres/data/synthetic/canvas.hpp"
#include "tinyres/data/synthetic/shape.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace synthetic {

/// A color that stands out against both colors of the background: the best of a few random ones.
inline Color contrasting_color(const Color& first, const Color& second, RandomStream& random) {
    Color best{};
    double best_contrast = -1.0;
    for (int candidate = 0; candidate < 6; ++candidate) {
        const Color color = random_color(random);
        const double contrast =
            (std::min)({distance(color, first), distance(color, second), distance(color, mix(first, second, 0.5))});
        if (contrast > best_contrast) {
            best = color;
            best_contrast = contrast;
        }
    }
    return best;
}

/// A shape whose center lies outside the canvas, so that less than half of it can be seen.
inline void paint_distractor(Canvas& canvas, RandomStream& random) {
    const Shape shape = static_cast<Shape>(random.below(static_cast<int>(shape_names.size())));
    const double radius = uniform(random, 6.0, 12.0);
    const double along = uniform(random, 0.0, side), outside = uniform(random, 0.15, 0.7) * radius;
    const std::array<Point, 4> centers{
        {{along, -outside}, {side + outside, along}, {along, side + outside}, {-outside, along}}};
    const Point center = centers[static_cast<std::size_t>(random.below(4))];
    const Point direction = random_direction(random);
    const Color color = random_color(random);
    paint_shape(canvas, shape, {center, radius, direction, 1.0}, color, color);
}

/// Draws one image of `shape`, (side, side, 3).
inline void draw(Shape shape, RandomStream& random, std::span<std::uint8_t> image) {
    Canvas canvas;
    const Color first = random_color(random);
    const Color other = random_color(random);
    const Color second = mix(first, other, uniform(random, 0.3, 0.8));
    paint_background(canvas, first, second, random);
    for (int distractors = random.below(3); distractors > 0; --distractors) paint_distractor(canvas, random);

    const Color nearest = contrasting_color(first, second, random);
    const Color tint = random_color(random);
    const Color farthest = mix(nearest, tint, uniform(random, 0.0, 0.3));
    const double radius = uniform(random, 7.5, 13.0);
    const double x = uniform(random, radius, side - radius);
    const double y = uniform(random, radius, side - radius);
    const Point direction = random_direction(random);
    const double elongation = uniform(random, 0.9, 1.1);
    paint_shape(canvas, shape, {{x, y}, radius, direction, elongation}, nearest, farthest);
    develop(canvas, uniform(random, 0.0, 0.12), random, image);
}

} // namespace synthetic

/// Draws a data set in the form of CIFAR-10: `size` images, (size, 32, 32, 3), of ten shapes (disc, ring, triangle,
/// square, frame, cross, star, crescent, stripes, checker) of random place, size, turn and colors, over textured
/// backgrounds and between cut-off pieces of other shapes. Labels go round the ten classes, so each has its tenth.
/// `split`, `seed` and an image's index determine the image, whatever the size of the set; the two splits are different
/// draws. It is for trying things out where no data can be had: results on it say nothing about photographs.
/// Throws Error when size is below 1.
inline Dataset make_synthetic(Split split, int size, std::uint64_t seed = 0) {
    if (size < 1) throw Error("synthetic data set: the size is " + std::to_string(size) + " images; give 1 or more");
    Dataset dataset{.name = "synthetic",
                    .height = synthetic::side,
                    .width = synthetic::side,
                    .channels = 3,
                    .images = {},
                    .labels = {},
                    .class_names = {synthetic::shape_names.begin(), synthetic::shape_names.end()},
                    .synthetic = true};
    const std::size_t images = static_cast<std::size_t>(size);
    dataset.labels.resize(images);
    dataset.images.resize(images * dataset.image_size());
    for (std::size_t index = 0; index < images; ++index) {
        const std::size_t label = index % synthetic::shape_names.size();
        dataset.labels[index] = static_cast<std::int32_t>(label);
        RandomStream random{{.seed = seed,
                             .purpose = Purpose::synthetic_image,
                             .major = split == Split::train ? 0u : 1u,
                             .minor = static_cast<std::uint32_t>(index)}};
        synthetic::draw(static_cast<synthetic::Shape>(label), random,
                        std::span{dataset.images}.subspan(index * dataset.image_size(), dataset.image_size()));
    }
    return dataset;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
