#pragma once

#include "image_files.hpp"

#include <bit>
#include <cstdlib>
#include <string>
#include <vector>

namespace tinyres_test {

/// A gray JPEG of 16 x 8 pixels, the left half black and the right half near white, to be turned by 90 degrees
/// clockwise as its EXIF block says (orientation 6, big-endian).
inline const std::string turned_jpeg = bytes_of_hex(
    "ffd8ffe000104a46494600010100000100010000ffe100224578696600004d4d002a00000008000101120003000000010006000000000000"
    "ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565645f555d5b6a7899816a7190735b5d85b586909ea3"
    "abadab6780bcc9baa6c799a8aba4ffc0000b080008001001011100ffc40015000101000000000000000000000000000006"
    "07ffc40014100100000000000000000000000000000000ffda0008010100003f0032a53fffd9");

/// The same picture in a progressive file without EXIF.
inline const std::string progressive_jpeg = bytes_of_hex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565645f"
    "555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffc2000b080008001001011100ffc40015000101000000"
    "00000000000000000000000506ffda00080101000000013297ffc40014100100000000000000000000000000000010ffda00080101000105"
    "023fffc40014100100000000000000000000000000000010ffda0008010100063f023fffc400141001000000000000000000000000000000"
    "10ffda0008010100013f213fffda00080101000000103fffc40014100100000000000000000000000000000010ffda0008010100013f103f"
    "ffd9");

/// 8 x 8 pixels of the color (199, 102, 51).
inline const std::string color_jpeg = bytes_of_hex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565645f"
    "555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffdb0043011c1e1e2823284e2b2b4ea46e5d6ea4a4a4a4"
    "a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4ffc00011080008000803"
    "012200021101031101ffc4001500010100000000000000000000000000000001ffc40014100100000000000000000000000000000000ffc4"
    "0014010100000000000000000000000000000004ffc40014110100000000000000000000000000000000ffda000c03010002110311003f00"
    "80067bffd9");

/// A segment of a JPEG file.
inline std::string jpeg_segment(unsigned char marker, const std::string& content) {
    return '\xFF' + std::string(1, static_cast<char>(marker)) + big_endian(content.size() + 2, 2) + content;
}

/// Adobe's segment, which says by what transform the channels were made.
inline std::string adobe_segment(char transform) {
    return jpeg_segment(0xEE, "Adobe" + std::string{"\0\x64\0\0\0\0", 6} + transform);
}

/// An EXIF segment around a TIFF directory.
inline std::string exif_segment(const std::string& tiff) {
    return jpeg_segment(0xE1, std::string{"Exif\0\0", 6} + tiff);
}

/// JFIF's segment, which says that three channels are YCbCr.
inline const std::string jfif_segment = jpeg_segment(0xE0, std::string{"JFIF\0\1\1\0\0\1\0\1\0\0", 14});

struct FlatJpeg {
    std::vector<int> channels;   ///< the value of each channel in all 8 x 8 pixels, 1 to 255
    std::string segments{};      ///< at the head of the file
    unsigned char frame = 0xC0;  ///< the marker of the frame
    char bits = 8;               ///< that the frame says
    std::string ids{1, 2, 3, 4}; ///< what the channels are called
    bool scan_a_channel = false; ///< instead of one scan for all of them
};

/// A JPEG of 8 x 8 pixels of one color: one block a channel, of which only the mean is coded.
inline std::string jpeg_of(const FlatJpeg& options) {
    const std::size_t count = options.channels.size();
    std::string frame = options.bits + big_endian(8, 2) + big_endian(8, 2) + static_cast<char>(count);
    for (std::size_t i = 0; i < count; ++i) frame += options.ids[i] + std::string{"\x11\0", 2};

    const auto scan_of = [&](std::size_t first, std::size_t channels) {
        std::string header(1, static_cast<char>(channels));
        std::string bits;
        const auto append = [&](unsigned value, int size) {
            for (int i = size - 1; i >= 0; --i) bits += (value >> i & 1u) != 0 ? '1' : '0';
        };
        for (std::size_t i = first; i < first + channels; ++i) {
            header += options.ids[i] + std::string{"\0", 1};
            const int difference = options.channels[i] - 128;
            const auto size = static_cast<int>(std::bit_width(static_cast<unsigned>(std::abs(difference))));
            append(static_cast<unsigned>(size), 4);
            append(static_cast<unsigned>(difference > 0 ? difference : difference + (1 << size) - 1), size);
            append(0, 1); // no further coefficients
        }
        while (bits.size() % 8 != 0) bits += '1';
        std::string data;
        for (std::size_t i = 0; i < bits.size(); i += 8) {
            const auto byte = static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
            data += byte;
            if (byte == '\xFF') data += '\0';
        }
        return jpeg_segment(0xDA, header + std::string{"\0\x3F\0", 3}) + data;
    };
    std::string scans;
    if (options.scan_a_channel)
        for (std::size_t i = 0; i < count; ++i) scans += scan_of(i, 1);
    else
        scans = scan_of(0, count);

    std::string sizes{"\0\0\0\x0C", 4}; // twelve codes of 4 bits: the sizes of differences
    sizes += std::string(12, '\0') + std::string{"\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B", 12};
    const std::string end_of_block = '\1' + std::string(15, '\0') + '\0'; // one code of 1 bit
    return "\xFF\xD8" + options.segments + jpeg_segment(0xDB, '\0' + std::string(64, '\x08')) +
           jpeg_segment(options.frame, frame) + jpeg_segment(0xC4, '\0' + sizes) +
           jpeg_segment(0xC4, '\x10' + end_of_block) + scans + "\xFF\xD9";
}

} // namespace tinyres_test
