#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/crc32.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// A part of a PNG file.
struct PngChunk {
    std::span<const std::byte> name; ///< four letters; the first is a capital where pixels depend on the chunk
    std::span<const std::byte> content;
    std::size_t checksum_place = 0; ///< of its last four bytes, in the file

    bool is(std::string_view other) const { return begins_with(name, other); }
    bool is_critical() const { return std::to_integer<char>(name[0]) >= 'A' && std::to_integer<char>(name[0]) <= 'Z'; }
};

/// Calls `function(chunk)` for each whole chunk, the last one of the picture (IEND) included.
template <class Function>
void for_each_png_chunk(std::span<const std::byte> png, Function function) {
    constexpr std::size_t signature = 8;
    constexpr std::size_t frame = 12; // of a chunk: its size, name and checksum
    const ByteReader reader{png, true};
    for (std::size_t place = signature; place < png.size() && png.size() - place >= frame;) {
        const std::size_t size = *reader.number(place, 4);
        if (size > png.size() - place - frame) return;
        const PngChunk chunk{png.subspan(place + 4, 4), png.subspan(place + 8, size), place + 8 + size};
        function(chunk);
        if (chunk.is("IEND")) return;
        place += frame + size;
    }
}

/// The checksum that a chunk of `png` must have: that of its name and its content, which lie side by side.
inline std::uint32_t png_checksum(std::span<const std::byte> png, const PngChunk& chunk) {
    const std::size_t size = chunk.name.size() + chunk.content.size();
    return crc32(png.subspan(chunk.checksum_place - size, size));
}

inline bool png_checksum_fits(std::span<const std::byte> png, const PngChunk& chunk) {
    return ByteReader{png, true}.number(chunk.checksum_place, 4) == png_checksum(png, chunk);
}

/// Whether the file is whole to the end of the picture, and all chunks on which the pixels depend have the right
/// checksum, which stb_image does not look at.
inline bool png_is_whole(std::span<const std::byte> png) {
    bool fit = true, ended = false;
    for_each_png_chunk(png, [&](const PngChunk& chunk) {
        fit = fit && (!chunk.is_critical() || png_checksum_fits(png, chunk));
        ended = ended || chunk.is("IEND");
    });
    return fit && ended;
}

/// The content of the first chunk that is called `name` and has the right checksum, or nothing; chunks after the pixels
/// count too.
inline std::optional<std::span<const std::byte>> png_chunk(std::span<const std::byte> png, std::string_view name) {
    std::optional<std::span<const std::byte>> content;
    for_each_png_chunk(png, [&](const PngChunk& chunk) {
        if (!content && chunk.is(name) && png_checksum_fits(png, chunk)) content = chunk.content;
    });
    return content;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
