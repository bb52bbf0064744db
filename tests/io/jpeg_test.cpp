#include "jpeg_files.hpp"

#include "tinyres/io/image.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

tr::Picture decoded(const std::string& bytes) {
    return tr::decode_image(std::as_bytes(std::span{bytes}));
}

/// Checks that all 64 pixels are of this color, up to rounding.
void check_color(const FlatJpeg& jpeg, const std::vector<int>& color) {
    const tr::Picture picture = decoded(jpeg_of(jpeg));
    REQUIRE(picture.pixels.size() == 3 * 64);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(picture.pixels[i] - color[i % 3]) <= 1);
    }
}

} // namespace

TEST_CASE("Gray, YCbCr and RGB in a JPEG become the colors that Pillow reads") {
    check_color({.channels = {77}}, {77, 77, 77});
    check_color({.channels = {100, 90, 180}}, {173, 76, 33});
    check_color({.channels = {1, 50, 250}, .segments = adobe_segment(0)}, {1, 50, 250});
}

TEST_CASE("A JPEG with channels R, G and B is RGB unless JFIF's or Adobe's marker says YCbCr, as in libjpeg") {
    const std::vector<int> channels{100, 90, 180};
    const std::vector<int> as_rgb = channels;
    const std::vector<int> as_ycbcr{173, 76, 33};
    for (const bool scan_a_channel : {false, true}) {
        CAPTURE(scan_a_channel);
        const auto jpeg = [&](const std::string& segments) {
            return FlatJpeg{.channels = channels, .segments = segments, .ids = "RGB", .scan_a_channel = scan_a_channel};
        };
        check_color(jpeg({}), as_rgb);
        check_color(jpeg(adobe_segment(0)), as_rgb);
        check_color(jpeg(jfif_segment), as_ycbcr);
        check_color(jpeg(jfif_segment + adobe_segment(0)), as_ycbcr);
        check_color(jpeg(adobe_segment(1)), as_ycbcr);
        check_color(jpeg(adobe_segment(2)), as_ycbcr);
    }
    const tr::Picture named = decoded(jpeg_of({.channels = channels, .segments = jfif_segment, .ids = "RGB"}));
    CHECK(named.pixels == decoded(jpeg_of({.channels = channels, .segments = jfif_segment})).pixels);
}

TEST_CASE("A JPEG of four channels is CMYK, inverted as Adobe does, or YCCK if Adobe's marker says so") {
    const std::vector<int> channels{200, 150, 100, 50};
    check_color({.channels = channels}, {39, 29, 20});
    check_color({.channels = channels, .segments = adobe_segment(0)}, {39, 29, 20});
    check_color({.channels = channels, .segments = jfif_segment}, {39, 29, 20});
    check_color({.channels = channels, .segments = adobe_segment(2)}, {18, 8, 3});
    check_color({.channels = channels, .segments = adobe_segment(1)}, {18, 8, 3}); // as libjpeg takes it
}

TEST_CASE("JPEGs in codings that cannot be read are refused by what they are") {
    const auto error = [](unsigned char frame, char bits = 8, std::vector<int> channels = {100}) {
        const std::string jpeg = jpeg_of({.channels = std::move(channels), .frame = frame, .bits = bits});
        return error_of([&] { decoded(jpeg); });
    };
    CHECK(error(0xC0) == "no error");
    CHECK(error(0xC1) == "no error");
    CHECK(error(0xC9) == "cannot read the picture: it is an arithmetic-coded JPEG, which cannot be read; convert it to "
                         "PNG");
    CHECK(holds(error(0xCA), "an arithmetic-coded JPEG"));
    CHECK(holds(error(0xC3), "it is a lossless JPEG"));
    CHECK(holds(error(0xCB), "an arithmetic-coded lossless JPEG"));
    CHECK(holds(error(0xC5), "a hierarchical JPEG"));
    CHECK(holds(error(0xDE), "a hierarchical JPEG"));
    CHECK(holds(error(0xF7), "a JPEG-LS picture"));
    CHECK(holds(error(0xC1, 12), "a JPEG with 12 bits per channel"));
    CHECK(holds(error(0xC2, 12), "a JPEG with 12 bits per channel"));
    CHECK(holds(error(0xC0, 8, {100, 100}), "a JPEG with 2 channels"));
    CHECK(holds(error(0xC0, 11), "damaged"));
}
