#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/image_error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// What the header of a BMP file says about its picture.
struct BmpHeader {
    std::size_t width = 0;
    std::size_t height = 0;
    bool top_down = false; ///< whether the first row stored is the top one
    std::size_t bits = 0;  ///< per pixel: 1, 4 or 8 (a number in the palette), 16, 24 or 32 (colors)
    bool run_lengths = false;
    std::array<std::uint32_t, 4> masks{}; ///< the bits of red, green, blue and opacity in a color; 0: there are none
    std::array<std::array<std::uint8_t, 3>, 256> palette{}; ///< red, green and blue; black beyond the file's colors
    std::size_t pixels = 0;                                 ///< the place of the first row stored
};

/// Reads the headers of Windows and the short one of OS/2. Throws Error (naming `source`) for what it cannot take.
class BmpHeaderReader {
public:
    BmpHeaderReader(std::span<const std::byte> file, const std::filesystem::path& source)
        : file_(file), source_(source), size_(number(14, 4)) {}

    BmpHeader read(std::size_t pixel_limit) const {
        if (!short_header() && size_ != 40 && size_ != 52 && size_ != 56 && size_ != 64 && size_ != 108 && size_ != 124)
            throw damaged_image(source_, "it is damaged or not a BMP picture (its header has " + std::to_string(size_) +
                                             " bytes)");
        BmpHeader header;
        std::uint64_t height = number(short_header() ? 20 : 22, short_header() ? 2 : 4);
        header.top_down = !short_header() && height > 0x7FFF'FFFFu; // a negative number
        if (header.top_down) height = 0x1'0000'0000u - height;
        header.width = number(18, short_header() ? 2 : 4);
        header.height = static_cast<std::size_t>(height);
        check_image_size(source_, header.width, height, pixel_limit);
        header.bits = number(short_header() ? 24 : 28, 2);
        const std::size_t coding = short_header() ? 0 : number(30, 4);
        check_coding(header.bits, coding);
        header.run_lengths = coding == 1 || coding == 2;
        if (header.bits > 8) header.masks = read_masks(header.bits, coding);

        const std::size_t place = 14 + size_ +
                                  (size_ == 40 && coding == 3   ? 12u
                                   : size_ == 40 && coding == 6 ? 16u
                                                                : 0u);
        const std::size_t palette_end = header.bits <= 8 ? read_palette(place, header) : place;
        header.pixels = number(10, 4);
        // Some writers forget that the palette lies between the header and the pixels.
        if (header.pixels == 0 || (header.pixels == place && header.bits <= 8)) header.pixels = palette_end;
        return header;
    }

private:
    bool short_header() const { return size_ == 12; }

    std::size_t number(std::size_t place, std::size_t size) const {
        const std::optional<std::size_t> value = ByteReader{file_, false}.number(place, size);
        if (!value) throw damaged_image(source_, "it is damaged or cut short (its header is incomplete)");
        return *value;
    }

    void check_coding(std::size_t bits, std::size_t coding) const {
        const bool os2 = size_ == 64;
        const auto fits = [&] {
            switch (coding) {
            case 0:
                return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
            case 1:
                return bits == 8;
            case 2:
                return bits == 4;
            default:
                return bits == 16 || bits == 24 || bits == 32;
            }
        };
        if (coding == 4 && !os2) throw unreadable_coding(source_, "a BMP that holds a JPEG");
        if (coding == 5) throw unreadable_coding(source_, "a BMP that holds a PNG");
        if (coding > 6 || (os2 && coding > 2))
            throw unreadable_coding(source_, "a BMP of the compression " + std::to_string(coding));
        if (!fits())
            throw unreadable_coding(source_, "a BMP of " + std::to_string(bits) + " bits per pixel" +
                                                 (coding == 0 ? "" : " and the compression " + std::to_string(coding)));
    }

    std::array<std::uint32_t, 4> read_masks(std::size_t bits, std::size_t coding) const {
        constexpr std::array<std::uint32_t, 4> of_24_bits{0xFF0000u, 0xFF00u, 0xFFu, 0u};
        constexpr std::array<std::uint32_t, 4> of_15_bits{0x7C00u, 0x3E0u, 0x1Fu, 0u};
        if (coding == 0) return bits == 16 ? of_15_bits : of_24_bits; // a fourth byte means nothing
        std::array<std::uint32_t, 4> masks{};
        const std::size_t count = coding == 6 || size_ >= 56 ? 4 : 3;
        for (std::size_t i = 0; i < count; ++i) masks[i] = static_cast<std::uint32_t>(number(54 + 4 * i, 4));
        if (masks == std::array<std::uint32_t, 4>{}) return {0xFF0000u, 0xFF00u, 0xFFu, bits == 32 ? 0xFF00'0000u : 0u};
        for (const std::uint32_t mask : masks) {
            const std::uint32_t largest = mask >> (mask == 0 ? 0 : std::countr_zero(mask));
            if ((largest & (largest + 1)) != 0) throw unreadable_coding(source_, "a BMP with scattered color bits");
        }
        return masks;
    }

    /// Returns where the palette ends.
    std::size_t read_palette(std::size_t place, BmpHeader& header) const {
        const std::size_t entry = short_header() ? 3 : 4;
        const std::size_t said = short_header() ? 0 : number(46, 4);
        const std::size_t most = std::size_t{1} << header.bits;
        const std::size_t colors = said == 0 ? most : said;
        for (std::size_t i = 0; i < (std::min)(colors, most); ++i)
            for (std::size_t c = 0; c < 3; ++c)
                header.palette[i][c] = static_cast<std::uint8_t>(number(place + i * entry + 2 - c, 1));
        return place + colors * entry;
    }

    std::span<const std::byte> file_;
    const std::filesystem::path& source_;
    std::size_t size_; // of the header behind the first 14 bytes
};

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
