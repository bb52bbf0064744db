#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/blend.hpp"
#include "tinyres/io/image_error.hpp"
#include "tinyres/io/stb_image.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// What stb_image reads from; remembers whether it asked for more than there is, which stb itself passes over.
struct ImageSource {
    std::span<const std::byte> bytes;
    std::size_t place = 0;
    bool exhausted = false;

    std::size_t left() const { return bytes.size() - place; }

    int read(char* to, int size) {
        const std::size_t count = (std::min)(left(), static_cast<std::size_t>(size));
        if (count == 0 && size > 0) exhausted = true;
        std::copy_n(reinterpret_cast<const char*>(bytes.data()) + place, count, to);
        place += count;
        return static_cast<int>(count);
    }

    void skip(int size) {
        if (size < 0) { // gives back
            place -= (std::min)(place, static_cast<std::size_t>(-static_cast<std::int64_t>(size)));
        } else {
            if (left() < static_cast<std::size_t>(size)) exhausted = true;
            place += (std::min)(left(), static_cast<std::size_t>(size));
        }
    }
};

inline constexpr stb::stbi_io_callbacks image_source_callbacks{
    .read = [](void* user, char* to, int size) { return static_cast<ImageSource*>(user)->read(to, size); },
    .skip = [](void* user, int size) { static_cast<ImageSource*>(user)->skip(size); },
    .eof = [](void* user) { return static_cast<ImageSource*>(user)->left() == 0 ? 1 : 0; }};

/// The picture in the bytes of a PNG, JPEG or GIF file, as it is stored. Throws Error, naming `source`, when it is
/// damaged, cut short or above the limit, which is asked before any pixel is decoded.
inline Picture stb_decode(std::span<const std::byte> bytes, const std::array<std::uint8_t, 3>& background,
                          std::size_t pixel_limit, const std::filesystem::path& source) {
    const auto undecodable = [&] {
        const std::string reason = stb::stbi_failure_reason();
        return reason == "too large" ? oversized_image(source, "its number of pixels is", pixel_limit)
                                     : damaged_image(source, "it is damaged or cut short (" + reason + ")");
    };
    int width = 0, height = 0, channels = 0;
    const auto decode = [&](ImageSource& from) {
        return std::unique_ptr<unsigned char, void (*)(void*)>{
            stb::stbi_load_from_callbacks(&image_source_callbacks, &from, &width, &height, &channels, 4), std::free};
    };

    // The header alone may take little memory, too.
    constexpr std::size_t header_memory = std::size_t{1} << 20;
    stb_largest_allocation = header_memory;
    ImageSource header{bytes};
    if (stb::stbi_info_from_callbacks(&image_source_callbacks, &header, &width, &height, &channels) == 0) {
        header = {bytes};
        decode(header); // only decoding tells the reason
        throw undecodable();
    }
    const auto columns = static_cast<std::uint64_t>(width);
    const auto rows = static_cast<std::uint64_t>(height);
    check_image_size(source, columns, rows, pixel_limit);

    // The most that decoding needs at once is a PNG's 4 channels of 16 bits, held in room that was doubled until they
    // fitted; a JPEG's blocks may go beyond the edges by 32 pixels.
    stb_largest_allocation = header_memory + 2 * bytes.size() + 18 * (columns + 64) * (rows + 64);
    ImageSource content{bytes};
    const auto decoded = decode(content);
    if (!decoded) throw undecodable();
    if (content.exhausted) throw damaged_image(source, "it is cut short");
    Picture picture = Picture::of_size(width, height);
    blend(decoded.get(), picture.pixels.size() / 3, background, picture.pixels.data());
    return picture;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
