#include "error_of.hpp"
#include "tinyres/data/resize.hpp"

#include <algorithm>
#include <cstdint>
#include <doctest/doctest.h>
#include <utility>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// 7 x 5 pixels: two slopes and one that wraps around.
tr::Picture slopes() {
    tr::Picture picture = tr::Picture::of_size(7, 5);
    for (int y = 0; y < 5; ++y)
        for (int x = 0; x < 7; ++x) {
            const int value = 40 * y + 9 * x;
            picture.pixel(x, y)[0] = static_cast<std::uint8_t>(value);
            picture.pixel(x, y)[1] = static_cast<std::uint8_t>(255 - value);
            picture.pixel(x, y)[2] = static_cast<std::uint8_t>(3 * value);
        }
    return picture;
}

int furthest(const std::vector<std::uint8_t>& found, const std::vector<int>& expected) {
    REQUIRE(found.size() == expected.size());
    int distance = 0;
    for (std::size_t i = 0; i < found.size(); ++i) distance = std::max(distance, std::abs(found[i] - expected[i]));
    return distance;
}

} // namespace

TEST_CASE("Pictures are resized as Pillow does it with BILINEAR, which rounds once more") {
    CHECK(furthest(tr::resize(slopes(), 3, 2).pixels,
                   {48, 207, 94, 67, 188, 131, 86, 169, 147, 128, 127, 142, 147, 108, 120, 166, 89, 131}) <= 1);
    CHECK(furthest(tr::resize(slopes(), 1, 1).pixels, {107, 148, 124}) <= 1);
    const tr::Picture larger = tr::resize(slopes(), 9, 6);
    CHECK(larger.width == 9);
    CHECK(larger.height == 6);
    CHECK(furthest({larger.pixels.begin(), larger.pixels.begin() + 54},
                   {0,  255, 0,   6,  249, 18,  13, 242, 39,  20, 235, 60,  27, 228, 81,  34, 221, 102,
                    41, 214, 123, 48, 207, 144, 54, 201, 162, 30, 225, 90,  36, 219, 108, 43, 212, 129,
                    50, 205, 150, 57, 198, 171, 64, 191, 192, 71, 184, 213, 78, 177, 170, 84, 171, 60}) <= 1);
}

TEST_CASE("The same size and a single color stay as they are") {
    CHECK(tr::resize(slopes(), 7, 5).pixels == slopes().pixels);
    tr::Picture gray = tr::Picture::of_size(37, 11);
    std::fill(gray.pixels.begin(), gray.pixels.end(), std::uint8_t{201});
    for (const auto& [width, height] : {std::pair{32, 32}, {1, 1}, {3, 50}, {100, 2}})
        for (const std::uint8_t value : tr::resize(gray, width, height).pixels) CHECK(value == 201);
}

TEST_CASE("A large picture of fine lines becomes even gray: nothing is left out") {
    tr::Picture lines = tr::Picture::of_size(640, 480);
    for (int y = 0; y < 480; ++y)
        for (int x = 0; x < 640; x += 2) std::fill_n(lines.pixel(x, y), 3, std::uint8_t{255});
    for (const std::uint8_t value : tr::resize(lines, 32, 32).pixels) CHECK(std::abs(value - 127) <= 2);
}

TEST_CASE("The square in the middle is cut out") {
    const tr::Picture square = tr::center_square(slopes());
    CHECK(square.width == 5);
    CHECK(square.height == 5);
    CHECK(square.pixel(0, 0)[0] == 9);
    CHECK(square.pixel(4, 4)[0] == 160 + 9 * 5);
    CHECK(tr::center_square(square).pixels == square.pixels);
}

TEST_CASE("A picture without pixels is not resized") {
    CHECK(holds(error_of([] { tr::resize(slopes(), 0, 4); }), "from 7 x 5 to 0 x 4 pixels is impossible"));
    CHECK(holds(error_of([] { tr::resize({}, 4, 4); }), "from 0 x 0"));
}

TEST_CASE("A region is resized as if it were cut out first") {
    const tr::Region region{.left = 2, .top = 1, .width = 4, .height = 3};
    for (const auto& [width, height] : {std::pair{2, 2}, {9, 5}, {4, 3}})
        CHECK(tr::resize(slopes(), region, width, height).pixels ==
              tr::resize(tr::crop(slopes(), region), width, height).pixels);
    for (const tr::Region& beyond : {tr::Region{-1, 0, 3, 3}, {0, -1, 3, 3}, {4, 0, 4, 3}, {0, 3, 3, 3}})
        CHECK(holds(error_of([&] { tr::resize(slopes(), beyond, 2, 2); }), "is not within the picture of 7 x 5"));
}

TEST_CASE("A crop is black where it reaches beyond the picture") {
    const tr::Picture cut = tr::crop(slopes(), {.left = -1, .top = 3, .width = 9, .height = 4});
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 9; ++x)
            for (int c = 0; c < 3; ++c) {
                const bool inside = x >= 1 && x < 8 && y < 2;
                CHECK(cut.pixel(x, y)[c] == (inside ? slopes().pixel(x - 1, 3 + y)[c] : 0));
            }
    const tr::Picture nothing = tr::crop(slopes(), {.left = 7, .top = 0, .width = 2, .height = 1});
    CHECK(nothing.pixels == std::vector<std::uint8_t>(6, 0));
}
