#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// The (height, width) color numbers of a BMP picture in run lengths of 4 or 8 bits (RLE4, RLE8), the first row stored
/// first; pixels that are skipped have number 0, and what goes beyond a row's end is dropped. Nothing when the bytes
/// end before the picture does.
inline std::optional<std::vector<std::uint8_t>>
decode_bmp_run_lengths(std::span<const std::byte> bytes, std::size_t width, std::size_t height, std::size_t bits) {
    std::vector<std::uint8_t> numbers(width * height);
    std::size_t x = 0, y = 0, place = 0;
    const auto put = [&](std::uint8_t number) {
        if (x < width && y < height) numbers[y * width + x++] = number;
    };
    const auto number_in = [&](std::uint8_t byte, std::size_t i) {
        if (bits == 8) return byte;
        return static_cast<std::uint8_t>(i % 2 == 0 ? byte >> 4 : byte & 0x0F);
    };
    const auto next = [&] { return std::to_integer<std::uint8_t>(bytes[place++]); };

    while (y < height && !(y + 1 == height && x >= width)) {
        if (bytes.size() - place < 2) return std::nullopt;
        const std::size_t count = next();
        const std::uint8_t value = next();
        if (count > 0) { // a run; with 4 bits, of two numbers in turn
            for (std::size_t i = 0; i < count; ++i) put(number_in(value, i));
        } else if (value == 0) { // the end of the row
            x = 0;
            ++y;
        } else if (value == 1) { // the end of the picture
            break;
        } else if (value == 2) { // a step to the right and to later rows
            if (bytes.size() - place < 2) return std::nullopt;
            x = (std::min)(width, x + next());
            y += next();
        } else { // so many numbers one after the other, in an even number of bytes
            const std::size_t size = bits == 8 ? value : (std::size_t{value} + 1) / 2;
            if (bytes.size() - place < size) return std::nullopt;
            for (std::size_t i = 0; i < value; ++i)
                put(number_in(std::to_integer<std::uint8_t>(bytes[place + (bits == 8 ? i : i / 2)]), i));
            place = (std::min)(bytes.size(), place + size + size % 2);
        }
    }
    return numbers;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
