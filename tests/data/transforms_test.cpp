#include "test_image.hpp"
#include "tinyres/data/transforms.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// The window at (down, right), straight from the definition of padding.
TestImage window(TestImage image, const tr::RandomCrop& crop, int down, int right) {
    const auto inner = [&](int place, int size) {
        if (crop.mode == tr::Padding::edge) return std::clamp(place, 0, size - 1);
        return place < 0 ? -place : place >= size ? 2 * size - 2 - place : place;
    };
    TestImage result = image;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x)
            for (int c = 0; c < image.channels; ++c) {
                const int from_y = y + down, from_x = x + right;
                const bool inside = from_y >= 0 && from_y < image.height && from_x >= 0 && from_x < image.width;
                if (inside)
                    result.at(y, x, c) = image.at(from_y, from_x, c);
                else if (crop.mode == tr::Padding::constant)
                    result.at(y, x, c) = crop.fill[static_cast<std::size_t>(c)];
                else
                    result.at(y, x, c) = image.at(inner(from_y, image.height), inner(from_x, image.width), c);
            }
    return result;
}

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

} // namespace

TEST_CASE("Normalize computes (x - mean) / std for each channel") {
    for (const auto& [height, width, channels] :
         {std::array{1, 1, 1}, {4, 4, 3}, {5, 7, 3}, {3, 5, 1}, {3, 7, 2}, {5, 5, 4}, {32, 32, 3}}) {
        const tr::Normalize normalize{.mean = {0.1f, -2.0f, 0.3f, 7.0f}, .std = {0.5f, 0.7f, 3.0f, 0.01f}};
        TestImage image(height, width, channels);
        TestImage expected = image;
        for (std::size_t i = 0; i < expected.values.size(); ++i) {
            const std::size_t channel = i % static_cast<std::size_t>(channels);
            expected.values[i] = (expected.values[i] - normalize.mean[channel]) / normalize.std[channel];
        }
        CHECK(transformed(normalize, image) == expected);
    }
}

TEST_CASE("A View is the image through a moved window, then in a mirror, whatever the stream") {
    const TestImage image(6, 7, 3);
    for (const auto& [down, right] : {std::pair{0, 0}, {1, -1}, {-5, 0}, {0, 5}})
        for (const auto mode : {tr::Padding::reflect, tr::Padding::edge})
            for (const bool mirrored : {false, true}) {
                TestImage expected = window(image, {.mode = mode}, down, right);
                if (mirrored) tr::mirror(expected.view());
                const tr::View view{.down = down, .right = right, .mirrored = mirrored, .mode = mode};
                CHECK(transformed(view, image, 0) == expected);
                CHECK(transformed(view, image, 9) == expected);
            }
    CHECK(complaint(tr::View{.down = -31, .right = 31}) == "");
    CHECK(complaint(tr::View{.right = -32}) == "View: the window is moved by 0 and -32 pixels; give at most 31, below "
                                               "the image's smaller side");
}

TEST_CASE("RandomCrop moves the window over a padded image, filled, mirrored or with its edge repeated") {
    for (const auto mode : {tr::Padding::constant, tr::Padding::reflect, tr::Padding::edge})
        for (const auto& [height, width, channels] : {std::array{6, 6, 3}, {5, 9, 1}, {8, 5, 4}}) {
            const int padding = std::min(height, width) - 1; // as wide as mirroring goes
            const tr::RandomCrop crop{.padding = padding, .mode = mode, .fill = {-1.0f, -2.0f, -3.0f, -4.0f}};
            for (int down = -padding; down <= padding; ++down)
                for (int right = -padding; right <= padding; ++right) {
                    TestImage image(height, width, channels);
                    const TestImage expected = window(image, crop, down, right);
                    crop.move_window(image.view(), down, right);
                    CHECK(image == expected);
                }
        }
}

TEST_CASE("RandomCrop's mirrored padding does not repeat the outermost pixel") {
    TestImage image(1, 4, 1); // 1 2 3 4
    tr::RandomCrop{.padding = 3, .mode = tr::Padding::reflect}.move_window(image.view(), 0, 2);
    CHECK(image.values == std::vector<float>{3, 4, 3, 2});
}

TEST_CASE("RandomCrop repeats the outermost pixel if asked to") {
    TestImage image(1, 4, 1); // 1 2 3 4
    tr::RandomCrop{.padding = 3, .mode = tr::Padding::edge}.move_window(image.view(), 0, -2);
    CHECK(image.values == std::vector<float>{1, 1, 1, 2});
}

TEST_CASE("RandomCrop gives every window its share") {
    const tr::RandomCrop crop{.padding = 1, .mode = tr::Padding::constant, .fill = {}};
    const TestImage image(3, 3, 1);
    std::vector<std::pair<TestImage, int>> windows;
    for (int down = -1; down <= 1; ++down)
        for (int right = -1; right <= 1; ++right) windows.emplace_back(window(image, crop, down, right), 0);
    for (std::uint32_t i = 0; i < 1800; ++i) {
        const TestImage result = transformed(crop, image, i);
        const auto found =
            std::find_if(windows.begin(), windows.end(), [&](const auto& w) { return w.first == result; });
        REQUIRE(found != windows.end());
        ++found->second;
    }
    for (const auto& [picture, count] : windows) {
        CHECK(count > 120);
        CHECK(count < 280);
    }
}

TEST_CASE("RandomCrop without padding changes nothing") {
    const TestImage image(4, 4, 3);
    CHECK(transformed(tr::RandomCrop{.padding = 0}, image) == image);
}

TEST_CASE("FlipLR mirrors rows of even and of odd length and keeps the channels' order") {
    for (const auto& [height, width, channels] : {std::array{3, 4, 3}, {2, 5, 3}, {2, 1, 3}, {4, 6, 1}, {3, 3, 4}}) {
        TestImage image(height, width, channels);
        TestImage expected = image;
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < channels; ++c) expected.at(y, x, c) = image.at(y, width - 1 - x, c);
        CHECK(transformed(tr::FlipLR{.probability = 1.0f}, image) == expected);
        CHECK(transformed(tr::FlipLR{.probability = 0.0f}, image) == image);
    }
}

TEST_CASE("FlipLR keeps to its probability") {
    const TestImage image(2, 2, 1);
    int flipped = 0;
    for (std::uint32_t i = 0; i < 10'000; ++i)
        flipped += transformed(tr::FlipLR{.probability = 0.3f}, image, i) != image;
    CHECK(flipped > 2700);
    CHECK(flipped < 3300);
}

TEST_CASE("CutOut covers one square, wholly inside the image, at every place there is, with its probability") {
    const tr::CutOut cut_out{.size = 3, .probability = 0.4f, .fill = {-1.0f, -2.0f, -3.0f}};
    TestImage image(5, 6, 3);
    std::set<std::pair<int, int>> places;
    int holes = 0;
    for (std::uint32_t i = 0; i < 5000; ++i) {
        TestImage result = transformed(cut_out, image, i);
        if (result == image) continue;
        ++holes;
        const auto first = std::find_if(result.values.begin(), result.values.end(), [](float v) { return v < 0.0f; });
        REQUIRE(first != result.values.end());
        const int pixel = static_cast<int>(first - result.values.begin()) / 3;
        const int top = pixel / 6, left = pixel % 6;
        places.emplace(top, left);
        TestImage expected = image;
        for (int y = top; y < top + 3; ++y)
            for (int x = left; x < left + 3; ++x)
                for (int c = 0; c < 3; ++c) expected.at(y, x, c) = cut_out.fill[static_cast<std::size_t>(c)];
        CHECK(result == expected);
    }
    CHECK(holes > 1800);
    CHECK(holes < 2200);
    CHECK(places.size() == 3 * 4);
}

TEST_CASE("CutOut may be as large as the image") {
    const TestImage result = transformed(tr::CutOut{.size = 4, .fill = {0.5f}}, TestImage(4, 4, 1));
    CHECK(result.values == std::vector<float>(16, 0.5f));
}

TEST_CASE("Compose applies its parts in their order, its own kind and plain functions among them") {
    const auto add_one = [](tr::ImageView image, tr::RandomStream&) {
        for (float& value : image.pixels) value += 1.0f;
    };
    const tr::Normalize halve{.mean = {}, .std = {2.0f, 2.0f, 2.0f, 2.0f}};
    const TestImage image(1, 2, 1); // 1 2
    CHECK(transformed(tr::Compose{add_one, halve}, image).values == std::vector<float>{1.0f, 1.5f});
    CHECK(transformed(tr::Compose{halve, add_one}, image).values == std::vector<float>{1.5f, 2.0f});
    CHECK(transformed(tr::Compose{tr::Compose{add_one, halve}, add_one}, image).values ==
          std::vector<float>{2.0f, 2.5f});
    CHECK(transformed(tr::Compose{}, image) == image);
}

TEST_CASE("Compose's parts draw from one stream, one after the other") {
    const tr::Compose both{tr::RandomCrop{.padding = 2}, tr::CutOut{.size = 2}};
    TestImage expected(6, 6, 3);
    tr::RandomStream random = stream(7);
    std::get<0>(both.transforms)(expected.view(), random);
    std::get<1>(both.transforms)(expected.view(), random);
    CHECK(transformed(both, TestImage(6, 6, 3), 7) == expected);
}

TEST_CASE("the CIFAR-10 recipe is the reference's") {
    const auto [crop, flip, cut_out, normalize] = tr::cifar10_augmentation().transforms;
    CHECK(crop.padding == 4);
    CHECK(crop.mode == tr::Padding::constant);
    CHECK(crop.fill == tr::cifar10_mean);
    CHECK(flip.probability == 0.3f);
    CHECK(cut_out.size == 8);
    CHECK(cut_out.probability == 0.3f);
    CHECK(cut_out.fill == tr::cifar10_mean);
    CHECK(normalize.mean == tr::ChannelValues{0.4914f, 0.4822f, 0.4465f});
    CHECK(normalize.std == tr::ChannelValues{0.2470f, 0.2435f, 0.2616f});
    CHECK(tr::cifar10_normalization().mean == tr::cifar10_mean);
    CHECK(tr::cifar10_normalization().std == tr::cifar10_std);
    CHECK(complaint(tr::cifar10_augmentation()).empty());
}

TEST_CASE("transforms refuse impossible values, each naming itself") {
    CHECK(complaint(tr::FlipLR{.probability = 1.0f}).empty());
    for (const float probability : {-0.1f, 1.1f, not_a_number}) {
        CHECK(complaint(tr::FlipLR{.probability = probability}).starts_with("FlipLR: the probability"));
        CHECK(complaint(tr::CutOut{.probability = probability}).starts_with("CutOut: the probability"));
    }
    CHECK(complaint(tr::CutOut{.size = 20}, 20, 30).empty());
    for (const int size : {-1, 0, 21})
        CHECK(complaint(tr::CutOut{.size = size}, 20, 30).starts_with("CutOut: the size"));
    for (const auto mode : {tr::Padding::constant, tr::Padding::reflect, tr::Padding::edge}) {
        CHECK(complaint(tr::RandomCrop{.padding = 19, .mode = mode}, 30, 20).empty());
        for (const int padding : {-1, 20})
            CHECK(complaint(tr::RandomCrop{.padding = padding, .mode = mode}, 30, 20)
                      .starts_with("RandomCrop: the padding"));
    }
    for (const float deviation : {0.0f, -1.0f, not_a_number})
        CHECK(complaint(tr::Normalize{.mean = {}, .std = {1.0f, deviation, 1.0f}})
                  .starts_with("Normalize: the standard"));
    CHECK(complaint(tr::Normalize{.mean = {0.0f, not_a_number}}).starts_with("Normalize: the mean"));
    CHECK(complaint(tr::Normalize{.mean = {}, .std = {1.0f}}, 8, 8, 1).empty());
    CHECK(complaint(tr::Normalize{}, 8, 8, 5).starts_with("Normalize: the images have 5 channels"));
    CHECK(complaint(tr::RandomCrop{}, 8, 8, 5).starts_with("RandomCrop: the images have 5 channels"));
    CHECK(complaint(tr::CutOut{}, 8, 8, 5).starts_with("CutOut: the images have 5 channels"));
}

TEST_CASE("Compose asks each of its parts, however deep") {
    CHECK(complaint(tr::Compose{tr::RandomCrop{}, tr::Compose{tr::FlipLR{.probability = 2.0f}}}).starts_with("FlipLR"));
    CHECK(complaint(tr::Compose{[](tr::ImageView, tr::RandomStream&) {}}).empty());
}
