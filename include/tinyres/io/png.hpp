#pragma once

// Needs stb_image_write.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/atomic_file.hpp"
#include "tinyres/io/stb_image_write.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The bytes of a PNG file that shows `pixels`, (height, width, 3): 8-bit red, green and blue, without loss. An image
/// of a Dataset fits as it is. Throws Error when the sizes do not fit.
inline std::vector<std::byte> encode_png(std::span<const std::uint8_t> pixels, int width, int height) {
    const std::string size = std::to_string(width) + " x " + std::to_string(height);
    if (width < 1 || height < 1)
        throw Error("PNG: a picture of " + size + " pixels is impossible; give a width and a height of 1 or more");
    const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    if (count > picture_pixel_limit)
        throw Error("PNG: a picture of " + size + " pixels is above the limit of " +
                    std::to_string(picture_pixel_limit) + "; make it smaller");
    if (pixels.size() != 3 * count)
        throw Error("PNG: a picture of " + size + " pixels has " + std::to_string(3 * count) + " bytes, not " +
                    std::to_string(pixels.size()) + "; give red, green and blue of every pixel");
    int length = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> file{
        detail::stb::stbi_write_png_to_mem(pixels.data(), 3 * width, width, height, 3, &length), std::free};
    if (!file) throw std::bad_alloc{};
    const auto bytes = std::as_bytes(std::span{file.get(), static_cast<std::size_t>(length)});
    return {bytes.begin(), bytes.end()};
}

/// The bytes of a PNG file that shows `picture`.
inline std::vector<std::byte> encode_png(const Picture& picture) {
    return encode_png(picture.pixels, picture.width, picture.height);
}

/// Writes a picture as a PNG file, as AtomicFile does it: whole or not at all.
inline void write_png(const std::filesystem::path& path, const Picture& picture) {
    const std::vector<std::byte> bytes = encode_png(picture);
    AtomicFile file{path};
    file.write(bytes);
    file.commit();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
