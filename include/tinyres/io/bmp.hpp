#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/blend.hpp"
#include "tinyres/io/bmp_header.hpp"
#include "tinyres/io/bmp_run_lengths.hpp"
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
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// The value from 0 to 255 of the bits of `pixel` that are in `mask`, a run of ones.
constexpr std::uint8_t masked_channel(std::uint32_t pixel, std::uint32_t mask) {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    return static_cast<std::uint8_t>(std::uint64_t{(pixel & mask) >> shift} * 255 / (mask >> shift));
}

/// Calls `function(x, y, pixel)` for each pixel of rows of whole words of 4 bytes. Throws Error when the file ends
/// before.
template <class Function>
void for_each_bmp_pixel(std::span<const std::byte> file, const BmpHeader& header, const std::filesystem::path& source,
                        Function function) {
    const std::size_t stride = (header.width * header.bits + 31) / 32 * 4;
    const std::size_t needed = (header.height - 1) * stride + (header.width * header.bits + 7) / 8;
    if (header.pixels > file.size() || file.size() - header.pixels < needed)
        throw damaged_image(source, "it is cut short");
    const ByteReader reader{file, false};
    const std::size_t bytes = std::max<std::size_t>(1, header.bits / 8);
    const std::size_t in_a_byte = header.bits < 8 ? 8 / header.bits : 1;
    for (std::size_t y = 0; y < header.height; ++y)
        for (std::size_t x = 0; x < header.width; ++x) {
            const std::size_t place = header.pixels + y * stride + x * bytes / in_a_byte;
            const std::size_t later = in_a_byte - 1 - x % in_a_byte; // pixels in the byte's lower bits
            const std::size_t value = *reader.number(place, bytes) >> later * header.bits;
            function(x, y, static_cast<std::uint32_t>(header.bits < 8 ? value % (1u << header.bits) : value));
        }
}

/// The picture in the bytes of a BMP file: palettes, run lengths, 16, 24 and 32 bits. Our own because stb_image takes
/// an unused fourth byte for opacity, and no run lengths.
inline Picture decode_bmp(std::span<const std::byte> file, const std::array<std::uint8_t, 3>& background,
                          std::size_t pixel_limit, const std::filesystem::path& source) {
    const BmpHeader header = BmpHeaderReader{file, source}.read(pixel_limit);
    Picture picture = Picture::of_size(static_cast<int>(header.width), static_cast<int>(header.height));
    const auto pixel_at = [&](std::size_t x, std::size_t y) { // of the rows as they are stored
        return picture.pixel(static_cast<int>(x), static_cast<int>(header.top_down ? y : header.height - 1 - y));
    };
    if (header.run_lengths) {
        const std::optional<std::vector<std::uint8_t>> numbers = decode_bmp_run_lengths(
            file.subspan((std::min)(header.pixels, file.size())), header.width, header.height, header.bits);
        if (!numbers) throw damaged_image(source, "it is cut short");
        for (std::size_t i = 0; i < numbers->size(); ++i)
            std::ranges::copy(header.palette[(*numbers)[i]], pixel_at(i % header.width, i / header.width));
    } else if (header.bits <= 8) {
        for_each_bmp_pixel(file, header, source, [&](std::size_t x, std::size_t y, std::uint32_t number) {
            std::ranges::copy(header.palette[number], pixel_at(x, y));
        });
    } else {
        const std::uint32_t red = header.masks[0], green = header.masks[1], blue = header.masks[2];
        const std::uint32_t opacity = header.masks[3];
        for_each_bmp_pixel(file, header, source, [&](std::size_t x, std::size_t y, std::uint32_t pixel) {
            const std::array rgba{masked_channel(pixel, red), masked_channel(pixel, green), masked_channel(pixel, blue),
                                  opacity == 0 ? std::uint8_t{255} : masked_channel(pixel, opacity)};
            blend(rgba.data(), 1, background, pixel_at(x, y));
        });
    }
    return picture;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
