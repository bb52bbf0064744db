#include "bmp_files.hpp"

#include "tinyres/io/image.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;
using namespace std::string_literals;

namespace {

using Pixels = std::vector<std::uint8_t>;

tr::Picture decoded(const std::string& bytes) {
    return tr::decode_image(std::as_bytes(std::span{bytes}));
}

Pixels pixels_of(const BmpParts& parts) {
    return decoded(bmp_of(parts)).pixels;
}

std::string error_for(const BmpParts& parts) {
    return error_of([&] { decoded(bmp_of(parts)); });
}

std::string masks_of(const std::vector<std::uint32_t>& masks) {
    std::string bytes;
    for (const std::uint32_t mask : masks) bytes += little_endian(mask, 4);
    return bytes;
}

/// Black and three colors.
const std::string four_colors = bytes_of_hex("00000000 03050a00 060a1400 090f1e00");

} // namespace

TEST_CASE("BMP files are read from bottom to top and from top to bottom") {
    const std::string rows{"\x03\x02\x01\x06\x05\x04\0\0\x09\x08\x07\x0C\x0B\x0A\0\0", 16};
    CHECK(pixels_of({.width = 2, .height = 2, .pixels = rows}) == Pixels{7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6});
    CHECK(pixels_of({.width = 2, .height = -2, .pixels = rows}) == Pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("The fourth byte of a BMP's 32-bit pixels means nothing unless the file says that it is opacity") {
    const std::string pixels = bytes_of_hex("01020300 04050601");
    const Pixels colors{3, 2, 1, 6, 5, 4};
    CHECK(pixels_of({.width = 2, .height = 1, .bits = 32, .pixels = pixels}) == colors);
    CHECK(pixels_of({.width = 2, .height = 1, .bits = 32, .pixels = bytes_of_hex("010203ff 04050680")}) == colors);
    const std::string three = masks_of({0xFF0000, 0xFF00, 0xFF}), four = three + masks_of({0xFF000000});
    CHECK(pixels_of({.width = 2, .height = 1, .bits = 32, .compression = 3, .pixels = pixels, .masks = three}) ==
          colors);
    // The later headers have masks, which an uncompressed file does not use.
    CHECK(pixels_of({.width = 2, .height = 1, .bits = 32, .pixels = pixels, .header_size = 108, .masks = four}) ==
          colors);
    // With opacity 0 and 128, over white.
    CHECK(pixels_of({.width = 2,
                     .height = 1,
                     .bits = 32,
                     .compression = 3,
                     .pixels = bytes_of_hex("01020300 04050680"),
                     .header_size = 108,
                     .masks = four}) == Pixels{255, 255, 255, 130, 130, 129});
    CHECK(pixels_of({.width = 2,
                     .height = 1,
                     .bits = 32,
                     .compression = 6,
                     .pixels = bytes_of_hex("01020300 040506ff"),
                     .masks = four}) == Pixels{255, 255, 255, 6, 5, 4});
}

TEST_CASE("The bits of a BMP's colors lie where the file says, and are stretched to 0 to 255 as Pillow does") {
    const auto one = [](int bits, const std::vector<std::uint32_t>& masks, std::uint64_t pixel) {
        return pixels_of({.width = 1,
                          .height = 1,
                          .bits = bits,
                          .compression = masks.empty() ? 0 : 3,
                          .pixels = little_endian(pixel, 4),
                          .masks = masks_of(masks)});
    };
    CHECK(one(16, {}, 24 << 10 | 7 << 5 | 3) == Pixels{197, 57, 24});
    CHECK(one(16, {}, 0x7FFF) == Pixels{255, 255, 255});
    CHECK(one(16, {0xF800, 0x7E0, 0x1F}, 24 << 11 | 35 << 5 | 3) == Pixels{197, 141, 24});
    CHECK(one(32, {0xFF000000, 0xFF0000, 0xFF00}, 0x01020304) == Pixels{1, 2, 3});
    CHECK(one(32, {0x3FF00000, 0xFFC00, 0x3FF}, 0x3FF00000u | 512u << 10) == Pixels{255, 127, 0});
    CHECK(holds(error_of([&] { one(32, {0xFF00FF, 0xFF00, 0xFF}, 0); }), "a BMP with scattered color bits"));
}

TEST_CASE("Palettes of 2, 16 and 256 colors are read, and numbers beyond them are black") {
    const Pixels expected{10, 5, 3, 30, 15, 9, 20, 10, 6};
    CHECK(pixels_of({.width = 3, .height = 1, .bits = 8, .pixels = "\1\3\2 ", .palette = four_colors, .colors = 4}) ==
          expected);
    CHECK(
        pixels_of({.width = 3, .height = 1, .bits = 4, .pixels = "\x13\x2F  ", .palette = four_colors, .colors = 4}) ==
        expected);
    CHECK(pixels_of({.width = 3,
                     .height = 1,
                     .bits = 1,
                     .pixels = "\x40   ",
                     .palette = four_colors.substr(0, 8),
                     .colors = 2}) == Pixels{0, 0, 0, 10, 5, 3, 0, 0, 0});
    CHECK(pixels_of({.width = 2, .height = 1, .bits = 8, .pixels = "\2\4  ", .palette = four_colors, .colors = 4}) ==
          Pixels{20, 10, 6, 0, 0, 0});
    // OS/2's header has entries of three bytes.
    CHECK(pixels_of({.width = 2,
                     .height = 1,
                     .bits = 1,
                     .pixels = "\x40   ",
                     .header_size = 12,
                     .palette = bytes_of_hex("010203 040506")}) == Pixels{3, 2, 1, 6, 5, 4});
}

TEST_CASE("A BMP with a gap before its pixels is read, and one whose writer forgot the palette's size") {
    const std::string row = bytes_of_hex("010203 040506 0000");
    CHECK(pixels_of({.width = 2, .height = 1, .pixels = row, .gap = "seven b"}) == Pixels{3, 2, 1, 6, 5, 4});
    std::string nowhere = bmp_of({.width = 2, .height = 1, .pixels = row});
    nowhere.replace(10, 4, little_endian(0, 4));
    CHECK(decoded(nowhere).pixels == Pixels{3, 2, 1, 6, 5, 4});
    std::string forgotten =
        bmp_of({.width = 3, .height = 1, .bits = 8, .pixels = "\1\3\2 ", .palette = four_colors, .colors = 4});
    forgotten.replace(10, 4, little_endian(54, 4));
    CHECK(decoded(forgotten).pixels == Pixels{10, 5, 3, 30, 15, 9, 20, 10, 6});
    std::string beyond = bmp_of({.width = 2, .height = 1, .pixels = row});
    beyond.replace(10, 4, "\xFF\xFF\xFF\xFF");
    CHECK(holds(error_of([&] { decoded(beyond); }), "cut short"));
}

TEST_CASE("BMP files in run lengths of 8 and 4 bits are read") {
    const auto numbers = [](int bits, int width, int height, const std::string& runs) {
        const tr::Picture picture = decoded(bmp_of({.width = width,
                                                    .height = height,
                                                    .bits = bits,
                                                    .compression = bits == 8 ? 1 : 2,
                                                    .pixels = runs,
                                                    .palette = four_colors,
                                                    .colors = 4}));
        std::string text;
        for (std::size_t i = 0; i < picture.pixels.size(); i += 3)
            text += static_cast<char>('0' + picture.pixels[i] / 10);
        return text;
    };
    CHECK(numbers(8, 4, 2, bytes_of_hex("0301 0000 0003 010203 00 0102 0001")) == "12321110");
    CHECK(numbers(4, 5, 2, bytes_of_hex("0512 0000 0005 123010 00 0001")) == "1230112121");
    CHECK(numbers(8, 4, 2, bytes_of_hex("0101 0002 0200 0102 0000 0403 0001")) == "33331002"); // a step to the right
    CHECK(numbers(8, 4, 3, bytes_of_hex("0101 0002 0102 0102 0001")) == "002000001000");       // and up
    CHECK(numbers(8, 4, 2, bytes_of_hex("0302 0001")) == "00002220");      // what is left out has number 0
    CHECK(numbers(8, 4, 2, bytes_of_hex("0000 0903 0001")) == "33330000"); // a run ends with its row
    CHECK(numbers(8, 2, 1, bytes_of_hex("0201")) == "11");                 // nothing need follow the last pixel
    const std::string whole = bytes_of_hex("0301 0000 0003 010203 00 0102");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        CHECK(holds(error_of([&] { numbers(8, 4, 2, whole.substr(0, length)); }), "cut short"));
    }
}

TEST_CASE("BMP files in codings that cannot be read are refused by what they are") {
    const auto error = [](int bits, int compression, int header_size = 40) {
        return error_for(
            {.width = 1, .height = 1, .bits = bits, .compression = compression, .header_size = header_size});
    };
    CHECK(holds(error(0, 4), "it is a BMP that holds a JPEG, which cannot be read; convert it to PNG"));
    CHECK(holds(error(0, 5), "it is a BMP that holds a PNG"));
    CHECK(holds(error(1, 3, 64), "it is a BMP of the compression 3"));
    CHECK(holds(error(24, 11), "it is a BMP of the compression 11"));
    CHECK(holds(error(2, 0), "it is a BMP of 2 bits per pixel"));
    CHECK(holds(error(4, 1), "it is a BMP of 4 bits per pixel and the compression 1"));
    CHECK(holds(error(24, 0, 41), "its header has 41 bytes"));
}
