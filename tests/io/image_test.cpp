#include "image_files.hpp"

#include "tinyres/io/image.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Pixels = std::vector<std::uint8_t>;

/// A grey JPEG of 16 x 8 pixels, the left half black and the right half near white, to be turned by 90 degrees
/// clockwise as its EXIF block says (orientation 6, big-endian).
const std::string turned_jpeg = bytes_of_hex(
    "ffd8ffe000104a46494600010100000100010000ffe100224578696600004d4d002a00000008000101120003000000010006000000000000"
    "ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565645f555d5b6a7899816a7190735b5d85b586909ea3"
    "abadab6780bcc9baa6c799a8aba4ffc0000b080008001001011100ffc40015000101000000000000000000000000000006"
    "07ffc40014100100000000000000000000000000000000ffda0008010100003f0032a53fffd9");

/// The same picture in a progressive file without EXIF.
const std::string progressive_jpeg = bytes_of_hex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565645f"
    "555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffc2000b080008001001011100ffc40015000101000000"
    "00000000000000000000000506ffda00080101000000013297ffc40014100100000000000000000000000000000010ffda00080101000105"
    "023fffc40014100100000000000000000000000000000010ffda0008010100063f023fffc400141001000000000000000000000000000000"
    "10ffda0008010100013f213fffda00080101000000103fffc40014100100000000000000000000000000000010ffda0008010100013f103f"
    "ffd9");

/// 8 x 8 pixels of the colour (199, 102, 51).
const std::string colour_jpeg = bytes_of_hex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565645f"
    "555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffdb0043011c1e1e2823284e2b2b4ea46e5d6ea4a4a4a4"
    "a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4ffc00011080008000803"
    "012200021101031101ffc4001500010100000000000000000000000000000001ffc40014100100000000000000000000000000000000ffc4"
    "0014010100000000000000000000000000000004ffc40014110100000000000000000000000000000000ffda000c03010002110311003f00"
    "80067bffd9");

/// A BMP file of 24-bit pixels, blue first, from bottom to top, or from top to bottom when `height` is negative.
std::string bmp_of(int width, int height, const std::string& pixels) {
    return "BM" + little_endian(54 + pixels.size(), 4) + little_endian(0, 4) + little_endian(54, 4) +
           little_endian(40, 4) + little_endian(static_cast<std::uint32_t>(width), 4) +
           little_endian(static_cast<std::uint32_t>(height), 4) + little_endian(1, 2) + little_endian(24, 2) +
           std::string(24, '\0') + pixels;
}

/// A PNG that claims a size; chunks behind its header as given.
std::string png_header(std::uint32_t width, std::uint32_t height, const std::string& rest = "") {
    return "\x89PNG\r\n\x1a\n" + big_endian(13, 4) + "IHDR" + big_endian(width, 4) + big_endian(height, 4) +
           bytes_of_hex("08 06 00 00 00") + big_endian(0, 4) + rest;
}

tr::Picture decoded(const std::string& bytes, const tr::ImageOptions& options = {}) {
    return tr::decode_image(std::as_bytes(std::span{bytes}), options);
}

} // namespace

TEST_CASE("A PNG that was written is read back without loss, from memory and from a file") {
    const TemporaryDirectory directory;
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 40}, {33, 7}, {200, 100}}) {
        const tr::Picture picture = colourful_picture(width, height);
        const tr::Picture copy = decoded(png_of(picture));
        CHECK(copy.width == width);
        CHECK(copy.height == height);
        CHECK(copy.pixels == picture.pixels);
        tr::write_png(directory / "picture.png", picture);
        CHECK(tr::read_image(directory / "picture.png").pixels == picture.pixels);
    }
    CHECK(directory.entries() == std::set<std::string>{"picture.png"});
}

TEST_CASE("Grey, palettes, 16 bits and transparency of a PNG become red, green and blue") {
    CHECK(decoded(bytes_of_hex("89504e470d0a1a0a0000000d49484452000000030000000108000000003e8b4b680000000c49444154789c"
                               "6360f0fd0f00019d014d8ad1f16d0000000049454e44ae426082"))
              .pixels == Pixels{0, 0, 0, 77, 77, 77, 255, 255, 255});
    CHECK(decoded(bytes_of_hex("89504e470d0a1a0a0000000d4948445200000003000000010103000000212e86f700000006504c54450102"
                               "0328323cf20fa94a0000000a49444154789c6348000000620061b19879f20000000049454e44ae426082"))
              .pixels == Pixels{1, 2, 3, 40, 50, 60, 40, 50, 60});
    // 0x1280 and 0xFF01: the upper byte counts
    CHECK(decoded(bytes_of_hex("89504e470d0a1a0a0000000d494844520000000200000001100000000081d9fc150000000d49444154789c"
                               "63106af8cf080003cc0193ec9505e00000000049454e44ae426082"))
              .pixels == Pixels{0x12, 0x12, 0x12, 0xFF, 0xFF, 0xFF});
    // grey 100, opaque and transparent
    const std::string grey_alpha = bytes_of_hex(
        "89504e470d0a1a0a0000000d49484452000000020000000108040000005e2bb7010000000d49444154789c634cf9cfc008"
        "0004980166fe508f160000000049454e44ae426082");
    CHECK(decoded(grey_alpha).pixels == Pixels{100, 100, 100, 255, 255, 255});
    // (200, 100, 0) with opacities 255, 128 and 0
    const std::string colour_alpha = bytes_of_hex(
        "89504e470d0a1a0a0000000d49484452000000030000000108060000001be014b40000001549444154789c633c91c2f09f"
        "8181a1918181a1010019c2032ef7cdf2370000000049454e44ae426082");
    CHECK(decoded(colour_alpha).pixels == Pixels{200, 100, 0, 227, 177, 127, 255, 255, 255});
    CHECK(decoded(colour_alpha, {.background = {0, 50, 100}}).pixels == Pixels{200, 100, 0, 100, 75, 50, 0, 50, 100});
}

TEST_CASE("JPEG files, progressive or not, are read and turned as the camera says") {
    const tr::Picture colour = decoded(colour_jpeg);
    CHECK(colour.width == 8);
    CHECK(colour.height == 8);
    for (std::size_t i = 0; i < colour.pixels.size(); ++i)
        CHECK(std::abs(colour.pixels[i] - std::vector{199, 102, 51}[i % 3]) <= 2);

    const tr::Picture lying = decoded(progressive_jpeg);
    CHECK(lying.width == 16);
    CHECK(lying.height == 8);
    CHECK(lying.pixel(2, 4)[0] < 20);
    CHECK(lying.pixel(13, 4)[0] > 230);

    const tr::Picture standing = decoded(turned_jpeg);
    CHECK(standing.width == 8);
    CHECK(standing.height == 16);
    CHECK(standing.pixel(4, 2)[0] < 20);
    CHECK(standing.pixel(4, 13)[0] > 230);
}

TEST_CASE("BMP files are read from bottom to top and from top to bottom") {
    const std::string rows{"\x03\x02\x01\x06\x05\x04\0\0\x09\x08\x07\x0C\x0B\x0A\0\0", 16};
    CHECK(decoded(bmp_of(2, 2, rows)).pixels == Pixels{7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6});
    CHECK(decoded(bmp_of(2, -2, rows)).pixels == Pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

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
    const auto orientation_of = [](const std::string& bytes) {
        return tr::exif_orientation(std::as_bytes(std::span{bytes}));
    };
    const auto jpeg_with = [](const std::string& tiff) {
        return "\xFF\xD8\xFF\xE1" + big_endian(8 + tiff.size(), 2) + std::string{"Exif\0\0", 6} + tiff;
    };
    const std::string intel = "II*" + bytes_of_hex("00 08000000 0100 1201 0300 01000000 0800 0000");
    CHECK(orientation_of(turned_jpeg) == 6);
    CHECK(orientation_of(jpeg_with(intel)) == 8);
    CHECK(orientation_of(colour_jpeg) == 1);
    CHECK(orientation_of(png_of(colourful_picture(3, 3))) == 1);
    for (std::size_t length = 0; length < intel.size() - 2; ++length)
        CHECK(orientation_of(jpeg_with(intel.substr(0, length))) == 1);
    for (std::size_t length = 0; length < 40; ++length) CHECK(orientation_of(turned_jpeg.substr(0, length)) == 1);
    std::string absurd = intel;
    absurd[18] = 9;
    CHECK(orientation_of(jpeg_with(absurd)) == 1);
    absurd = intel;
    absurd.replace(4, 4, "\xFF\xFF\xFF\xFF");
    CHECK(orientation_of(jpeg_with(absurd)) == 1);
}

TEST_CASE("What is no picture is refused with the kind that it is") {
    const TemporaryDirectory directory;
    const auto refused = [&](const std::string& content, std::string_view part) {
        put(directory / "file.png", content);
        check_error(error_of([&] { tr::read_image(directory / "file.png"); }), directory / "file.png", part);
    };
    refused("", "the file is empty");
    refused("x", "it is no picture; only PNG, JPEG and BMP");
    refused(std::string(5000, '\0'), "it is no picture");
    refused("A text.\n", "it is no picture");
    refused("GIF89a...", "it is a GIF picture");
    refused("RIFF....WEBPVP8 ", "it is a WebP picture");
    refused(std::string{"\0\0\0\x18", 4} + "ftypheic", "it is a HEIC picture");
    refused(std::string{"II*\0", 4}, "it is a TIFF picture");
    refused("BM", "damaged or cut short");
    refused("BMW is no picture", "damaged or cut short");
    refused("\xFF\xD8\xFF", "damaged or cut short");
}

TEST_CASE("A picture cut short at any length is refused") {
    const TemporaryDirectory directory;
    const std::string bmp = bmp_of(2, 2, std::string(16, '\x55'));
    for (const std::string& whole :
         {png_of(colourful_picture(20, 10)), colour_jpeg, turned_jpeg, progressive_jpeg, bmp}) {
        put(directory / "a", whole);
        CHECK(error_of([&] { tr::read_image(directory / "a"); }) == "no error");
        for (std::size_t length = 0; length < whole.size() - 2; ++length) { // a BMP's last two bytes are padding
            CAPTURE(length);
            put(directory / "a", whole.substr(0, length));
            const std::string error = error_of([&] { tr::read_image(directory / "a"); });
            check_error(error, directory / "a", "cannot read");
        }
    }
}

TEST_CASE("A picture of huge dimensions is refused before anything is decoded") {
    const TemporaryDirectory directory;
    const auto refused = [&](const std::string& content, std::string_view part) {
        put(directory / "bomb", content);
        check_error(error_of([&] { tr::read_image(directory / "bomb"); }), directory / "bomb", part);
    };
    const std::string data = big_endian(0, 4) + "IDAT" + big_endian(0, 4);
    refused(png_header(20'000, 10'000, data),
            "20000 x 10000 pixels are above the limit of 134217728; make the picture");
    refused(png_header(100'000, 100'000, data), "above the limit");
    refused(png_header(0x7FFFFFFF, 0x7FFFFFFF, data), "above the limit");
    refused(png_header(0, 5, data), "damaged");
    refused(bmp_of(0x7FFFFFFF, 0x7FFFFFFF, ""), "above the limit");
    refused(bmp_of(30'000, -30'000, ""), "30000 x 30000 pixels are above the limit");
    refused(bmp_of(0, 0, ""), "no pixels");
    std::string jpeg = colour_jpeg;
    const std::size_t frame = jpeg.find("\xFF\xC0");
    REQUIRE(frame != jpeg.npos);
    jpeg.replace(frame + 5, 4, "\xFF\xFF\xFF\xFF");
    refused(jpeg, "65535 x 65535 pixels are above the limit");
    CHECK(holds(error_of([] { decoded(png_of(colourful_picture(20, 10)), {.pixel_limit = 199}); }),
                "20 x 10 pixels are above the limit of 199"));
    CHECK(error_of([] { decoded(png_of(colourful_picture(20, 10)), {.pixel_limit = 200}); }) == "no error");
}

TEST_CASE("A JPEG with a Huffman table of more than 256 codes is refused wherever the table is") {
    const auto tables = [](const std::string& first_counts, const std::string& counts) {
        const std::string first = '\0' + first_counts + std::string(static_cast<std::size_t>(first_counts[15]), '\1');
        const std::string content = first + '\x10' + counts + std::string(300, '\2');
        return "\xFF\xC4" + big_endian(2 + content.size(), 2) + content;
    };
    const std::string few = std::string(15, '\0') + '\5';
    const std::string most = std::string(14, '\0') + "\x80\x80";
    const std::string too_many = std::string(14, '\0') + "\x80\x81";
    const auto check = [&](const std::string& jpeg, bool fit) {
        CHECK(tr::detail::jpeg_tables_fit(std::as_bytes(std::span{jpeg})) == fit);
        CHECK(holds(error_of([&] { decoded(jpeg); }), "a Huffman table of more than 256 codes") == !fit);
    };
    check("\xFF\xD8" + tables(few, few), true);
    check("\xFF\xD8" + tables(few, most), true);
    check("\xFF\xD8" + tables(few, too_many), false);
    check("\xFF\xD8\xFF\xFF\xC4" + tables(few, too_many).substr(2), false); // behind a fill byte
    check("\xFF\xD8.." + tables(few, too_many), false);                     // behind bytes of no segment

    // A segment may end before its table does, and a table may be cut by the end of the file.
    std::string short_segment = "\xFF\xD8" + tables(few, too_many);
    short_segment[5] = 26;
    check(short_segment.substr(0, 60), false);

    // What looks like a table within another segment is none, as long as segments are skipped as a whole.
    const std::string comment = "\xFF\xFE" + big_endian(2 + tables(few, too_many).size(), 2) + tables(few, too_many);
    check("\xFF\xD8" + comment, true);
    const std::string scan = std::string{"\xFF\xDA\0\2", 4} + "data\xFF" + '\0' + "data";
    const std::string comment_with_end = std::string{"\xFF\xFE\0\6\xFF\xD9..", 8};
    check("\xFF\xD8" + scan + tables(few, too_many), false);
    check("\xFF\xD8" + scan + "\xFF\xD0.." + comment_with_end + tables(few, too_many), false);
    check("\xFF\xD8" + scan + "\xFF\xD9" + tables(few, too_many), true); // behind the picture's end
}

TEST_CASE("A JPEG that lacks a table which it uses does no harm") {
    const std::size_t table = progressive_jpeg.find("\xFF\xC4");
    REQUIRE(table != progressive_jpeg.npos);
    const std::size_t size = 2 + static_cast<std::size_t>(progressive_jpeg[table + 3]); // smaller than 128
    std::string without = progressive_jpeg;
    without.erase(table, size);
    const auto result = [&] {
        tr::Picture picture;
        const std::string error = error_of([&] { picture = decoded(without); });
        return std::pair{error, picture.pixels};
    };
    CHECK(result() == result());
}

TEST_CASE("Data that unpacks to far more than the picture has is refused") {
    // Deflate at its densest: blocks of fixed codes in which every symbol but the first copies 258 bytes.
    std::string bits = "110" + std::string{"00110000"}; // last block, fixed codes, literal 0
    for (int i = 0; i < 40'000; ++i)
        bits += "11000101"
                "00000"; // length 258, distance 1
    bits += "0000000";
    std::string packed = "\x78\x9C";
    for (std::size_t i = 0; i < bits.size(); i += 8) {
        unsigned byte = 0;
        for (std::size_t k = 0; k < 8 && i + k < bits.size(); ++k)
            byte |= static_cast<unsigned>(bits[i + k] - '0') << k;
        packed += static_cast<char>(byte);
    }
    const std::string bomb = png_header(2, 2,
                                        big_endian(packed.size(), 4) + "IDAT" + packed + big_endian(0, 4) +
                                            big_endian(0, 4) + "IEND" + big_endian(0, 4));
    CHECK(packed.size() < 70'000);
    CHECK(holds(error_of([&] { decoded(bomb); }), "(outofmem)"));
}

TEST_CASE("A file that cannot be read is refused with the reason") {
    const TemporaryDirectory directory;
    const auto refused = [&](const std::filesystem::path& path, std::string_view part) {
        check_error(error_of([&] { tr::read_image(path); }), path, part);
    };
    refused(directory / "nothing.png", "No such file");
    refused(directory.path(), "name a file in it");
    REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
    refused(directory / "pipe", "not a regular file");
    put(directory / "large", "");
    std::filesystem::resize_file(directory / "large", std::uintmax_t{1} << 40);
    refused(directory / "large", "above the limit");
}

TEST_CASE("Pictures of impossible sizes are not written") {
    const Pixels pixels(12);
    CHECK(holds(error_of([&] { tr::encode_png(pixels, 0, 2); }), "0 x 2 pixels is impossible"));
    CHECK(holds(error_of([&] { tr::encode_png(pixels, 2, 3); }), "has 18 bytes, not 12"));
    CHECK(holds(error_of([&] { tr::encode_png(pixels, 1 << 20, 1 << 20); }), "above the limit"));
    const TemporaryDirectory directory;
    check_error(error_of([&] { tr::write_png(directory / "no/where.png", colourful_picture(2, 2)); }),
                directory / "no/where.png", "cannot write");
}
