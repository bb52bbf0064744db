#include "jpeg_files.hpp"

#include "tinyres/io/image.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Pixels = std::vector<std::uint8_t>;

/// 51 x 35 pixels with subsampled colors, written by Pillow 13.0.
const std::string smooth_jpeg = bytes_of_hex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c39"
    "33383740485c4e404457453738506d51575f626768673e4d71797064785c656763ffdb0043011112121815182f1a1a2f6342384263636363"
    "63636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363ffc00011080023003303"
    "012200021101031101ffc400190000030101010000000000000000000000000304050206ffc4002010000203000202030100000000000000"
    "0000030102611151044113142131ffc4001801000301010000000000000000000000000304050207ffc40020110002010304030000000000"
    "000000000000030211132101041231142332ffda000c03010002110311003f00f22b4e0faa87d5583a8a29cb77c70054d2684e0caa30b569"
    "e7d0fa78f8025ecc94d4fa112d185345614c238f432aa03abed1494ea93fc580590afc031e68e5d33a1183688c2da2307d5186651e5939c2"
    "9e46b4f1e8a28a2884f1e86554065bab782929b51109c3baa30b169c28a2300ca774a6a750cf8f1ff3f806afd7c0056c72f992b88e87d623"
    "a001fd3e4e7ca3b888e8eeb11d00125fd955250b88e8a6911d001b4f45158de23a0000a367ffd9");

tr::Picture decoded(const std::string& bytes, const tr::ImageOptions& options = {.jpeg = tr::JpegDecoder::turbo}) {
    return tr::decode_image(std::as_bytes(std::span{bytes}), options);
}

[[maybe_unused]] int largest_difference(const Pixels& a, const Pixels& b) {
    REQUIRE(a.size() == b.size());
    int largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

[[maybe_unused]] Pixels at(const tr::Picture& picture, int x, int y) {
    return {picture.pixel(x, y), picture.pixel(x, y) + 3};
}

} // namespace

TEST_CASE("A JPEG may be divided while its shorter side keeps what is asked for") {
    CHECK(tr::detail::jpeg_denominator(500, 375, 0) == 1);
    CHECK(tr::detail::jpeg_denominator(500, 375, 256) == 1);
    CHECK(tr::detail::jpeg_denominator(375, 512, 188) == 2); // rounded up
    CHECK(tr::detail::jpeg_denominator(375, 512, 189) == 1);
    CHECK(tr::detail::jpeg_denominator(4000, 3000, 256) == 8);
    CHECK(tr::detail::jpeg_denominator(1, 1, 1) == 8);
}

#ifdef TINYRES_JPEG_TURBO

TEST_CASE("libjpeg-turbo gives Pillow's pixels, and stb_image's but for roundings") {
    const tr::Picture picture = decoded(smooth_jpeg);
    CHECK(picture.width == 51);
    CHECK(picture.height == 35);
    CHECK(largest_difference(at(picture, 0, 0), {0, 1, 129}) <= 1);
    CHECK(largest_difference(at(picture, 50, 34), {249, 237, 177}) <= 1);
    CHECK(largest_difference(at(picture, 25, 17), {120, 119, 176}) <= 1);
    CHECK(largest_difference(at(picture, 13, 30), {68, 207, 176}) <= 1);
    CHECK(largest_difference(at(picture, 40, 3), {207, 23, 147}) <= 1);
    CHECK(largest_difference(picture.pixels, decoded(smooth_jpeg, {}).pixels) <= 4);

    for (const std::string& jpeg : {turned_jpeg, progressive_jpeg, color_jpeg, jpeg_of({.channels = {200}}),
                                    jpeg_of({.channels = {200, 90, 140}, .segments = jfif_segment}),
                                    jpeg_of({.channels = {200, 90, 140}, .ids = "RGB4"}),
                                    jpeg_of({.channels = {200, 90, 140}, .segments = jfif_segment, .ids = "RGB4"}),
                                    jpeg_of({.channels = {200, 90, 140}, .scan_a_channel = true}),
                                    jpeg_of({.channels = {10, 20, 30, 40}, .segments = adobe_segment(2)})}) {
        const tr::Picture turbo = decoded(jpeg), stb = decoded(jpeg, {});
        CHECK(turbo.width == stb.width);
        CHECK(largest_difference(turbo.pixels, stb.pixels) <= 2);
    }
}

TEST_CASE("libjpeg-turbo gives a large picture at a part of its size") {
    const tr::Picture half = decoded(smooth_jpeg, {.jpeg = tr::JpegDecoder::turbo, .jpeg_least_side = 18});
    CHECK(half.width == 26);
    CHECK(half.height == 18);
    CHECK(largest_difference(at(half, 0, 0), {0, 4, 132}) <= 1); // as Pillow's draft mode
    CHECK(largest_difference(at(half, 25, 17), {250, 238, 178}) <= 1);
    CHECK(decoded(smooth_jpeg, {.jpeg = tr::JpegDecoder::turbo, .jpeg_least_side = 19}).width == 51);
    CHECK(decoded(smooth_jpeg, {.jpeg_least_side = 18}).width == 51);
    CHECK(decoded(turned_jpeg, {.jpeg = tr::JpegDecoder::turbo, .jpeg_least_side = 4}).width == 4);
}

TEST_CASE("libjpeg's errors, and its warnings of missing pixels, are errors that name the file") {
    for (std::size_t size = 2; size + 2 < smooth_jpeg.size(); size += 5) {
        CAPTURE(size);
        CHECK(error_of([&] { decoded(smooth_jpeg.substr(0, size)); }) != "no error");
    }
    const TemporaryDirectory directory;
    const auto error = [&](const std::string& bytes) {
        put(directory / "a.jpg", bytes);
        return error_of([&] { tr::read_image(directory / "a.jpg", {.jpeg = tr::JpegDecoder::turbo}); });
    };
    check_error(error(smooth_jpeg.substr(0, smooth_jpeg.size() - 20)), directory / "a.jpg", "it is cut short");
    check_error(error(smooth_jpeg.substr(0, 30)), directory / "a.jpg", "it is damaged or cut short");
    std::string bytes = smooth_jpeg;
    const std::size_t scan = bytes.find("\xFF\xDA");
    REQUIRE(scan != bytes.npos);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(scan) + 30, bytes.end() - 2, '\x55');
    check_error(error(bytes), directory / "a.jpg", "it is damaged or cut short (Corrupt JPEG data");
    CHECK(error(smooth_jpeg + "more") == "no error");
    check_error(error(jpeg_of({.channels = {1}, .frame = 0xC9})), directory / "a.jpg", "an arithmetic-coded JPEG");
    CHECK(holds(error_of([&] { decoded(smooth_jpeg, {.pixel_limit = 1784, .jpeg = tr::JpegDecoder::turbo}); }),
                "its 51 x 35 pixels are above the limit of 1784"));
}

#else

TEST_CASE("A program without libjpeg-turbo says so when it is asked for") {
    CHECK(holds(error_of([] { decoded(smooth_jpeg); }), "this program was built without libjpeg-turbo"));
}

#endif
