#include "jpeg_files.hpp"

#include "tinyres/io/image.hpp"

#include <cstdint>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

int orientation_of(const std::string& bytes) {
    return tr::exif_orientation(std::as_bytes(std::span{bytes}));
}

/// The four bytes of a value in either byte order, the number of `size` bytes first.
std::string field(bool big, int value, int size) {
    const auto number = static_cast<std::uint64_t>(value);
    return (big ? big_endian(number, size) : little_endian(number, size)) +
           std::string(static_cast<std::size_t>(4 - size), '\0');
}

/// A TIFF directory that holds the orientation alone.
std::string tiff_of(bool big, int type, int count, const std::string& value) {
    const auto number = [&](int n, int size) { return field(big, n, size).substr(0, static_cast<std::size_t>(size)); };
    return (big ? "MM" : "II") + number(42, 2) + number(8, 4) + number(1, 2) + number(0x0112, 2) + number(type, 2) +
           number(count, 4) + value + number(0, 4);
}

std::string jpeg_with(const std::string& tiff) {
    return "\xFF\xD8" + exif_segment(tiff);
}

} // namespace

TEST_CASE("Every EXIF orientation puts the picture upright") {
    // a b        what is seen, row by row
    // c d
    // e f
    tr::Picture stored = tr::Picture::of_size(2, 3);
    for (std::size_t i = 0; i < stored.pixels.size(); ++i)
        stored.pixels[i] = static_cast<std::uint8_t>("abcdef"[i / 3]);
    const std::vector<std::string> seen{"abcdef", "badcfe", "fedcba", "efcdab", "acebdf", "ecafdb", "fdbeca", "bdface"};
    for (int orientation = 1; orientation <= 8; ++orientation) {
        CAPTURE(orientation);
        const tr::Picture turned = tr::upright(stored, orientation);
        CHECK(turned.width == (orientation < 5 ? 2 : 3));
        std::string letters;
        for (std::size_t i = 0; i < turned.pixels.size(); i += 3) letters += static_cast<char>(turned.pixels[i]);
        CHECK(letters == seen[static_cast<std::size_t>(orientation - 1)]);
    }
}

TEST_CASE("The EXIF orientation is found in either byte order, and damage to it is none") {
    const std::string intel = tiff_of(false, 3, 1, field(false, 8, 2));
    CHECK(orientation_of(turned_jpeg) == 6);
    CHECK(orientation_of(jpeg_with(intel)) == 8);
    CHECK(orientation_of(color_jpeg) == 1);
    CHECK(orientation_of(png_of(colorful_picture(3, 3))) == 1);
    const std::size_t value_end = 8 + 2 + 8 + 2;
    for (std::size_t length = 0; length < value_end; ++length)
        CHECK(orientation_of(jpeg_with(intel.substr(0, length))) == 1);
    for (std::size_t length = 0; length < 40; ++length) CHECK(orientation_of(turned_jpeg.substr(0, length)) == 1);
    std::string absurd = intel;
    absurd[18] = 9;
    CHECK(orientation_of(jpeg_with(absurd)) == 1);
    absurd = intel;
    absurd.replace(4, 4, "\xFF\xFF\xFF\xFF");
    CHECK(orientation_of(jpeg_with(absurd)) == 1);
    absurd = intel;
    absurd.replace(0, 2, "XX");
    CHECK(orientation_of(jpeg_with(absurd)) == 1);
}

TEST_CASE("The EXIF orientation is a whole number of any width, as Pillow reads it") {
    for (const bool big : {false, true}) {
        CAPTURE(big);
        const auto orientation = [&](int type, int count, const std::string& value) {
            return orientation_of(jpeg_with(tiff_of(big, type, count, value)));
        };
        const std::string byte = field(big, 6, 1), two_bytes = field(big, 6, 2), four_bytes = field(big, 6, 4);
        CHECK(orientation(3, 1, two_bytes) == 6);  // SHORT, as the standard says
        CHECK(orientation(3, 2, two_bytes) == 6);  // of several values, the first
        CHECK(orientation(4, 1, four_bytes) == 6); // LONG
        CHECK(orientation(6, 1, byte) == 6);       // SBYTE
        CHECK(orientation(8, 1, two_bytes) == 6);  // SSHORT
        CHECK(orientation(9, 1, four_bytes) == 6); // SLONG
        CHECK(orientation(1, 1, byte) == 1);       // BYTE is a string of bytes to Pillow
        CHECK(orientation(2, 1, "6" + std::string(3, '\0')) == 1);
        CHECK(orientation(7, 1, byte) == 1);
        CHECK(orientation(3, 0, two_bytes) == 1);
        CHECK(orientation(4, 2, four_bytes) == 1); // a place in the file
        CHECK(orientation(4, 1, field(big, 0x10006, 4)) == 1);
        CHECK(orientation(999, 1, two_bytes) == 1);
    }
}

TEST_CASE("Fill bytes and other segments before the EXIF segment do not hide it") {
    const std::string exif = exif_segment(tiff_of(true, 3, 1, field(true, 6, 2)));
    CHECK(orientation_of("\xFF\xD8\xFF\xFF" + exif) == 6);
    CHECK(orientation_of("\xFF\xD8\xFF" + jpeg_segment(0xFE, "a comment") + "\xFF\xFF\xFF" + exif) == 6);
    CHECK(orientation_of("\xFF\xD8" + std::string{"\0x\xFF\0", 4} + exif) == 6);
    CHECK(orientation_of("\xFF\xD8" + jpeg_segment(0xE1, "http://ns.adobe.com/xap/1.0/") + exif) == 6);
    CHECK(orientation_of("\xFF\xD8" + jpeg_segment(0xDA, "scan") + exif) == 1); // among the pixels
    const std::string jpeg = jpeg_of({.channels = {100}});
    CHECK(orientation_of(jpeg.substr(0, 2) + "\xFF\xFF" + exif + jpeg.substr(2)) == 6);
}

TEST_CASE("A PNG is turned as its eXIf chunk says, before or behind the pixels") {
    const tr::Picture stored = colorful_picture(5, 2);
    const std::string png = png_of(stored);
    const std::size_t header_end = 8 + 12 + 13;
    const std::size_t end = png.size() - 12;
    for (const bool big : {false, true})
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const std::string tiff = tiff_of(big, 3, 1, field(big, orientation, 2));
            const std::vector<std::string> files{
                png.substr(0, header_end) + png_chunk("eXIf", tiff) + png.substr(header_end),
                png.substr(0, end) + png_chunk("eXIf", tiff) + png.substr(end),
                png.substr(0, header_end) + png_chunk("eXIf", std::string{"Exif\0\0", 6} + tiff) +
                    png.substr(header_end)};
            for (const std::string& file : files) {
                const tr::Picture picture = tr::decode_image(std::as_bytes(std::span{file}));
                CHECK(picture.width == (orientation < 5 ? 5 : 2));
                CHECK(picture.pixels == tr::upright(stored, orientation).pixels);
            }
        }
    const std::string tiff = tiff_of(true, 3, 1, field(true, 6, 2));
    CHECK(orientation_of(png + png_chunk("eXIf", tiff)) == 1); // behind the picture's end
    std::string damaged = png_chunk("eXIf", tiff);
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    CHECK(orientation_of(png.substr(0, header_end) + damaged + png.substr(header_end)) == 1);
    CHECK(orientation_of(png.substr(0, header_end) + big_endian(0xFFFFFFF0, 4) + "eXIf" + tiff) == 1);
    for (std::size_t length = 0; length < 30; ++length) CHECK(orientation_of(png.substr(0, length)) == 1);
}
