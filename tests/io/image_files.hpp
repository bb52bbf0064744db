#pragma once

#include "files.hpp"

#include "tinyres/io/png.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tinyres_test {

/// A picture of colors that all differ, for sizes below 256 x 256.
inline tinyres::Picture colorful_picture(int width, int height) {
    tinyres::Picture picture = tinyres::Picture::of_size(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            picture.pixel(x, y)[0] = static_cast<std::uint8_t>(x);
            picture.pixel(x, y)[1] = static_cast<std::uint8_t>(y);
            picture.pixel(x, y)[2] = static_cast<std::uint8_t>(7 * x + 31 * y);
        }
    return picture;
}

inline std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The bytes of a PNG file.
inline std::string png_of(const tinyres::Picture& picture) {
    return text_of(tinyres::encode_png(picture));
}

/// The bytes that a string of hexadecimal digits and spaces names.
inline std::string bytes_of_hex(std::string_view digits) {
    std::string bytes;
    int half = -1;
    for (const char digit : digits) {
        if (digit == ' ') continue;
        const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
        if (half >= 0) bytes += static_cast<char>(16 * half + value);
        half = half >= 0 ? -1 : value;
    }
    return bytes;
}

/// `value` in `size` bytes, the most significant first.
inline std::string big_endian(std::uint64_t value, int size) {
    std::string bytes;
    for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
    return bytes;
}

/// The same, the least significant first.
inline std::string little_endian(std::uint64_t value, int size) {
    const std::string bytes = big_endian(value, size);
    return {bytes.rbegin(), bytes.rend()};
}

/// A chunk of a PNG file.
inline std::string png_chunk(const std::string& name, const std::string& content) {
    const std::string text = name + content;
    std::uint32_t checksum = ~0u;
    for (const char c : text) {
        checksum ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) checksum = checksum >> 1 ^ (checksum % 2 == 1 ? 0xEDB88320u : 0u);
    }
    return big_endian(content.size(), 4) + text + big_endian(~checksum, 4);
}

} // namespace tinyres_test
