#pragma once

#include "image_files.hpp"

#include <cstdint>
#include <string>

namespace tinyres_test {

struct BmpParts {
    int width = 0;
    int height = 0; ///< negative: the top row comes first
    int bits = 24;
    int compression = 0;
    std::string pixels{};
    int header_size = 40;  ///< of which what the other members do not say is zeros; 12: OS/2's
    std::string masks{};   ///< or whatever else the file has between the first 40 bytes of the header and the palette
    std::string palette{}; ///< blue, green, red, unused
    int colors = 0;        ///< in the palette, as the header says
    std::string gap{};     ///< between the palette and the pixels
};

/// A BMP file.
inline std::string bmp_of(const BmpParts& parts) {
    const bool short_header = parts.header_size == 12;
    const int number = short_header ? 2 : 4;
    std::string header = little_endian(static_cast<std::uint32_t>(parts.header_size), 4) +
                         little_endian(static_cast<std::uint32_t>(parts.width), number) +
                         little_endian(static_cast<std::uint32_t>(parts.height), number) + little_endian(1, 2) +
                         little_endian(static_cast<std::uint32_t>(parts.bits), 2);
    if (!short_header)
        header += little_endian(static_cast<std::uint32_t>(parts.compression), 4) + std::string(12, '\0') +
                  little_endian(static_cast<std::uint32_t>(parts.colors), 4) + std::string(4, '\0');
    header += parts.masks;
    if (header.size() < static_cast<std::size_t>(parts.header_size))
        header.resize(static_cast<std::size_t>(parts.header_size));
    header += parts.palette + parts.gap;
    return "BM" + little_endian(14 + header.size() + parts.pixels.size(), 4) + little_endian(0, 4) +
           little_endian(14 + header.size(), 4) + header + parts.pixels;
}

} // namespace tinyres_test
