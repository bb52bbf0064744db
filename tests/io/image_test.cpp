#include "bmp_files.hpp"
#include "jpeg_files.hpp"

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

/// A PNG that claims a size; chunks behind its header as given.
std::string png_header(std::uint32_t width, std::uint32_t height, const std::string& rest = "") {
    return "\x89PNG\r\n\x1a\n" +
           png_chunk("IHDR", big_endian(width, 4) + big_endian(height, 4) + bytes_of_hex("08 06 00 00 00")) + rest;
}

tr::Picture decoded(const std::string& bytes, const tr::ImageOptions& options = {}) {
    return tr::decode_image(std::as_bytes(std::span{bytes}), options);
}

} // namespace

TEST_CASE("A PNG that was written is read back without loss, from memory and from a file") {
    const TemporaryDirectory directory;
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 40}, {33, 7}, {200, 100}}) {
        const tr::Picture picture = colorful_picture(width, height);
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
    // gray 100, opaque and transparent
    const std::string grey_alpha = bytes_of_hex(
        "89504e470d0a1a0a0000000d49484452000000020000000108040000005e2bb7010000000d49444154789c634cf9cfc008"
        "0004980166fe508f160000000049454e44ae426082");
    CHECK(decoded(grey_alpha).pixels == Pixels{100, 100, 100, 255, 255, 255});
    // (200, 100, 0) with opacities 255, 128 and 0
    const std::string color_alpha = bytes_of_hex(
        "89504e470d0a1a0a0000000d49484452000000030000000108060000001be014b40000001549444154789c633c91c2f09f"
        "8181a1918181a1010019c2032ef7cdf2370000000049454e44ae426082");
    CHECK(decoded(color_alpha).pixels == Pixels{200, 100, 0, 227, 177, 127, 255, 255, 255});
    CHECK(decoded(color_alpha, {.background = {0, 50, 100}}).pixels == Pixels{200, 100, 0, 100, 75, 50, 0, 50, 100});
}

TEST_CASE("JPEG files, progressive or not, are read and turned as the camera says") {
    const tr::Picture color = decoded(color_jpeg);
    CHECK(color.width == 8);
    CHECK(color.height == 8);
    for (std::size_t i = 0; i < color.pixels.size(); ++i)
        CHECK(std::abs(color.pixels[i] - std::vector{199, 102, 51}[i % 3]) <= 2);

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

TEST_CASE("Of a GIF the first frame is read; where it is transparent the background shows through") {
    const Pixels colors{255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 255, 255, 255};
    const std::string one =
        bytes_of_hex("47494638376103000200820000ffffff00ff0028323c0a141eff00000000ff0000000000002c00000000"
                     "03000200000809000904283040008080003b");
    const tr::Picture picture = decoded(one);
    CHECK(picture.width == 3);
    CHECK(picture.height == 2);
    CHECK(picture.pixels == colors);
    CHECK(decoded(
              bytes_of_hex("47494638376103000200820000ffffff00ff0028323c0a141eff00000000ff0000000000002c00000000030002"
                           "000008090009042830400080800021f90401000001002c00000000030002008109090900000000000000000008"
                           "060001081c1810003b"))
              .pixels == colors);
    CHECK(decoded(
              bytes_of_hex("47494638396102000100810000010203c8643200000000000021f90401000001002c0000000002000100000805"
                           "0001040808003b"),
              {.background = {7, 8, 9}})
              .pixels == Pixels{1, 2, 3, 7, 8, 9});
    for (std::size_t size = 6; size + 3 < one.size(); ++size) { // the last bytes end the frame and the file
        CAPTURE(size);
        CHECK(error_of([&] { decoded(one.substr(0, size)); }) != "no error");
    }
    CHECK(holds(error_of([&] { decoded(one, {.pixel_limit = 5}); }), "its 3 x 2 pixels are above the limit of 5"));
}

TEST_CASE("Binary PGM and PPM files of 8 and 16 bits are read; other scales become 0 to 255") {
    CHECK(decoded("P5\n# a comment 7\n3 1\n255\n" + bytes_of_hex("004dff")).pixels ==
          Pixels{0, 0, 0, 77, 77, 77, 255, 255, 255});
    CHECK(decoded("P6 1 2 15 " + bytes_of_hex("000f07010203")).pixels == Pixels{0, 255, 119, 17, 34, 51});
    CHECK(decoded("P5 2 1 65535\n" + bytes_of_hex("1280ff01")).pixels == Pixels{18, 18, 18, 254, 254, 254});
    CHECK(decoded("P5 3 1 100 " + bytes_of_hex("003263")).pixels == Pixels{0, 0, 0, 128, 128, 128, 252, 252, 252});
    CHECK(holds(error_of([] { decoded("P6 30000 30000 255 "); }), "its 30000 x 30000 pixels are above the limit"));
    CHECK(holds(error_of([] { decoded("P6 99999999999999999999 1 255 "); }), "a number of its header is missing"));
    CHECK(holds(error_of([] { decoded("P5 1 1 65536 ab"); }), "a number of its header is missing or wrong"));
}

TEST_CASE("What is not a picture is refused by the kind that it is") {
    const TemporaryDirectory directory;
    const auto refused = [&](const std::string& content, std::string_view part) {
        put(directory / "file.png", content);
        check_error(error_of([&] { tr::read_image(directory / "file.png"); }), directory / "file.png", part);
    };
    refused("", "the file is empty");
    refused("x", "it is not a picture; only PNG, JPEG, BMP, GIF, PGM and PPM");
    refused(std::string(5000, '\0'), "it is not a picture");
    refused("A text.\n", "it is not a picture");
    refused("GIF89a...", "damaged or cut short");
    refused("P6 3 2", "a number of its header is missing or wrong");
    refused("P5 2 2 255 abc", "it is cut short");
    refused("RIFF....WEBPVP8 ", "it is a WebP picture");
    refused(std::string{"\0\0\0\x0C", 4} + "jP  ", "it is a JPEG 2000 picture");
    refused(std::string{"\0\0\0\x18", 4} + "ftypheic", "it is a HEIC picture");
    refused(std::string{"II*\0", 4}, "it is a TIFF picture");
    refused("BM", "damaged or cut short");
    refused("BMW is not a picture", "damaged or not a BMP");
    refused("\xFF\xD8\xFF", "damaged or cut short");
}

TEST_CASE("A picture cut short at any length is refused") {
    const TemporaryDirectory directory;
    const std::string bmp = bmp_of({.width = 2, .height = 2, .pixels = std::string(16, '\x55')});
    for (const std::string& whole :
         {png_of(colorful_picture(20, 10)), color_jpeg, turned_jpeg, progressive_jpeg, bmp}) {
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

TEST_CASE("A PNG with a damaged byte anywhere in its pixels or its header is refused") {
    const std::string whole = png_of(colorful_picture(20, 10));
    for (std::size_t place = 0; place < whole.size(); ++place) {
        CAPTURE(place);
        std::string damaged = whole;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
        CHECK(error_of([&] { decoded(damaged); }) != "no error");
    }
    // What pixels do not depend on may be damaged.
    const std::string text = png_chunk("tEXt", "Comment\1none");
    CHECK(decoded(whole.substr(0, 33) + text + whole.substr(33)).pixels == decoded(whole).pixels);
    const std::string damaged = text.substr(0, text.size() - 1) + '!';
    CHECK(decoded(whole.substr(0, 33) + damaged + whole.substr(33)).pixels == decoded(whole).pixels);
}

TEST_CASE("A picture of huge dimensions is refused before anything is decoded") {
    const TemporaryDirectory directory;
    const auto refused = [&](const std::string& content, std::string_view part) {
        put(directory / "bomb", content);
        check_error(error_of([&] { tr::read_image(directory / "bomb"); }), directory / "bomb", part);
    };
    const std::string data = png_chunk("IDAT", "") + png_chunk("IEND", "");
    refused(png_header(20'000, 10'000, data),
            "20000 x 10000 pixels are above the limit of 134217728; make the picture");
    refused(png_header(100'000, 100'000, data), "above the limit");
    refused(png_header(0x7FFFFFFF, 0x7FFFFFFF, data), "above the limit");
    refused(png_header(0, 5, data), "damaged");
    refused(bmp_of({.width = 0x7FFFFFFF, .height = 0x7FFFFFFF}), "above the limit");
    refused(bmp_of({.width = 30'000, .height = -30'000}), "30000 x 30000 pixels are above the limit");
    refused(bmp_of({.width = 0, .height = 0}), "no pixels");
    std::string jpeg = color_jpeg;
    const std::size_t frame = jpeg.find("\xFF\xC0");
    REQUIRE(frame != jpeg.npos);
    jpeg.replace(frame + 5, 4, "\xFF\xFF\xFF\xFF");
    refused(jpeg, "65535 x 65535 pixels are above the limit");
    CHECK(holds(error_of([] { decoded(png_of(colorful_picture(20, 10)), {.pixel_limit = 199}); }),
                "20 x 10 pixels are above the limit of 199"));
    CHECK(error_of([] { decoded(png_of(colorful_picture(20, 10)), {.pixel_limit = 200}); }) == "no error");
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
    const std::string bomb = png_header(2, 2, png_chunk("IDAT", packed) + png_chunk("IEND", ""));
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
    check_error(error_of([&] { tr::write_png(directory / "no/where.png", colorful_picture(2, 2)); }),
                directory / "no/where.png", "cannot write");
}
