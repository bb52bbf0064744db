#include "tinyres/data/synthetic.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace tr = tinyres;
namespace syn = tinyres::synthetic;

namespace {

std::uint32_t checksum(const std::vector<std::uint8_t>& bytes) { // FNV-1a
    std::uint32_t hash = 2166136261u;
    for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 16777619u;
    return hash;
}

/// The share of `test` that is nearest to its own class's mean image in `train`: a linear classifier.
double nearest_mean_accuracy(const tr::Dataset& train, const tr::Dataset& test) {
    const std::size_t values = train.image_size();
    std::vector<double> means(10 * values), counts(10);
    for (int i = 0; i < train.size(); ++i) {
        const std::size_t label = train.labels[static_cast<std::size_t>(i)];
        counts[label] += 1.0;
        for (std::size_t v = 0; v < values; ++v) means[label * values + v] += train.image(i)[v];
    }
    int right = 0;
    for (int i = 0; i < test.size(); ++i) {
        std::size_t nearest = 0;
        double nearest_distance = std::numeric_limits<double>::infinity();
        for (std::size_t label = 0; label < 10; ++label) {
            double distance = 0.0;
            for (std::size_t v = 0; v < values; ++v) {
                const double difference = test.image(i)[v] - means[label * values + v] / counts[label];
                distance += difference * difference;
            }
            if (distance < nearest_distance) {
                nearest_distance = distance;
                nearest = label;
            }
        }
        right += static_cast<std::int32_t>(nearest) == test.label(i);
    }
    return static_cast<double>(right) / test.size();
}

} // namespace

TEST_CASE("the synthetic set has the form of CIFAR-10 and says what it is") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::train, 25);
    CHECK(dataset.synthetic);
    CHECK(dataset.name == "synthetic");
    CHECK(dataset.size() == 25);
    CHECK(dataset.height == 32);
    CHECK(dataset.width == 32);
    CHECK(dataset.channels == 3);
    CHECK(dataset.images.size() == 25u * 3072u);
    CHECK(std::set(dataset.class_names.begin(), dataset.class_names.end()).size() == 10);
}

TEST_CASE("the synthetic classes are balanced") {
    const tr::Dataset dataset = tr::make_synthetic(tr::Split::test, 200);
    for (int label = 0; label < 10; ++label)
        CHECK(std::count(dataset.labels.begin(), dataset.labels.end(), label) == 20);
}

TEST_CASE("the synthetic set is the same on every machine") {
    CHECK(checksum(tr::make_synthetic(tr::Split::train, 100).images) == 3894281510u);
    CHECK(checksum(tr::make_synthetic(tr::Split::test, 100).images) == 2765559921u);
}

TEST_CASE("a smaller synthetic set is the beginning of a larger one") {
    const tr::Dataset small = tr::make_synthetic(tr::Split::train, 30, 5);
    const tr::Dataset large = tr::make_synthetic(tr::Split::train, 60, 5);
    CHECK(std::equal(small.images.begin(), small.images.end(), large.images.begin()));
    CHECK(std::equal(small.labels.begin(), small.labels.end(), large.labels.begin()));
}

TEST_CASE("no two synthetic images are the same, in either split, for any seed") {
    std::set<std::vector<std::uint8_t>> images;
    for (const tr::Split split : {tr::Split::train, tr::Split::test})
        for (const std::uint64_t seed : {0u, 1u}) {
            const tr::Dataset dataset = tr::make_synthetic(split, 100, seed);
            for (int i = 0; i < dataset.size(); ++i) images.emplace(dataset.image(i).begin(), dataset.image(i).end());
        }
    CHECK(images.size() == 400);
}

TEST_CASE("the synthetic classes cannot be told apart by their mean images") {
    const tr::Dataset train = tr::make_synthetic(tr::Split::train, 2000);
    CHECK(nearest_mean_accuracy(train, tr::make_synthetic(tr::Split::test, 500)) < 0.25);
}

TEST_CASE("a synthetic set without images is refused") {
    CHECK_THROWS_AS(static_cast<void>(tr::make_synthetic(tr::Split::train, 0)), tr::Error);
    CHECK_THROWS_AS(static_cast<void>(tr::make_synthetic(tr::Split::train, -1)), tr::Error);
}

TEST_CASE("every synthetic shape fills a fair part of the unit disc and stays near it") {
    for (int label = 0; label < 10; ++label) {
        const auto shape = static_cast<syn::Shape>(label);
        INFO(syn::shape_names[static_cast<std::size_t>(label)]);
        int inside = 0;
        for (int row = -60; row <= 60; ++row)
            for (int column = -60; column <= 60; ++column) {
                const syn::Point p{column / 40.0, row / 40.0};
                if (syn::signed_distance(shape, p) >= 0.0) continue;
                ++inside;
                CHECK(syn::length(p) < 1.2);
            }
        const double area = inside / 1600.0;
        CHECK(area > 0.7);
        CHECK(area < 2.6);
    }
}

TEST_CASE("the star's signed distance is that to a polygon of ten corners") {
    std::array<syn::Point, 10> corners;
    for (std::size_t i = 0; i < 10; ++i) {
        const double angle = 3.141592653589793 * static_cast<double>(i) / 5.0, radius = i % 2 == 0 ? 1.0 : 0.42;
        corners[i] = {radius * std::sin(angle), radius * std::cos(angle)};
    }
    for (int row = -30; row <= 30; ++row)
        for (int column = -30; column <= 30; ++column) {
            const syn::Point p{column / 20.0 + 0.003, row / 20.0 + 0.007};
            double distance = std::numeric_limits<double>::infinity();
            bool inside = false;
            for (std::size_t i = 0; i < 10; ++i) {
                const syn::Point a = corners[i], edge = corners[(i + 1) % 10] - a, from = p - a;
                const double along = std::clamp(syn::dot(from, edge) / syn::dot(edge, edge), 0.0, 1.0);
                distance = std::min(distance, syn::length({from.x - along * edge.x, from.y - along * edge.y}));
                if ((a.y > p.y) != (a.y + edge.y > p.y) && p.x < a.x + edge.x * (p.y - a.y) / edge.y) inside = !inside;
            }
            CHECK(syn::signed_distance(syn::Shape::star, p) == doctest::Approx(inside ? -distance : distance));
        }
}

TEST_CASE("a painted shape covers its inside, leaves the rest and smooths its edge") {
    syn::Canvas canvas{};
    const syn::Color white{1.0, 1.0, 1.0};
    syn::paint_shape(canvas, syn::Shape::disc, {{16.0, 16.0}, 10.0, {1.0, 0.0}, 1.0}, white, white);
    double area = 0.0;
    for (const syn::Color& pixel : canvas.pixels) area += pixel[0];
    CHECK(area == doctest::Approx(3.141592653589793 * 8.8 * 8.8).epsilon(0.01));
    CHECK(canvas.at(16, 16)[0] == 1.0);
    CHECK(canvas.at(0, 0)[0] == 0.0);
    CHECK(std::any_of(canvas.pixels.begin(), canvas.pixels.end(),
                      [](const syn::Color& pixel) { return pixel[0] > 0.2 && pixel[0] < 0.8; }));
}
