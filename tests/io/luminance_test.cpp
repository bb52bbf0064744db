#include "image_files.hpp"

#include "tinyres/core/network.hpp"
#include "tinyres/io/image.hpp"
#include "tinyres/io/input_pixels.hpp"
#include "tinyres/layers/layers.hpp"

#include <doctest/doctest.h>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE("Luminance is what Pillow's convert(\"L\") gives") {
    const tr::Picture picture{.width = 4, .height = 2, .pixels = {255, 0,  0,  0,   255, 0,   0, 0, 255, 10,  200, 30,
                                                                  77,  77, 77, 255, 255, 255, 1, 2, 3,   123, 45,  67}};
    CHECK(tr::luminance(picture) == std::vector<std::uint8_t>{76, 150, 29, 124, 77, 255, 2, 71});
    for (int gray = 0; gray < 256; ++gray) {
        const auto value = static_cast<std::uint8_t>(gray);
        CHECK(tr::luminance({1, 1, {value, value, value}}) == std::vector{value});
    }
}

TEST_CASE("A picture becomes the bytes that a network of one or of three channels takes in") {
    using Gray = tr::Network<tr::Image<1, 2, 3>, tr::Flatten, tr::Linear<2>>;
    using Color = tr::Network<tr::Image<3, 2, 3>, tr::Flatten, tr::Linear<2>>;
    const tr::Picture picture = colorful_picture(12, 8);
    const tr::Picture resized = tr::resize(picture, 3, 2);
    CHECK(tr::input_pixels<Color>(picture) == resized.pixels);
    CHECK(tr::input_pixels<Gray>(picture) == tr::luminance(resized));

    // A gray PNG of 3 pixels keeps their values.
    using Row = tr::Network<tr::Image<1, 1, 3>, tr::Flatten, tr::Linear<2>>;
    const std::string png =
        bytes_of_hex("89504e470d0a1a0a0000000d49484452000000030000000108000000003e8b4b680000000c49444154789c"
                     "6360f0fd0f00019d014d8ad1f16d0000000049454e44ae426082");
    CHECK(tr::input_pixels<Row>(tr::decode_image(std::as_bytes(std::span{png}))) ==
          std::vector<std::uint8_t>{0, 77, 255});
}
