#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/file_error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

inline Error damaged_image(const std::filesystem::path& source, std::string_view problem) {
    return read_error(source, problem, "save or download it again, or use another picture");
}

/// For a file of another kind; `problem` names the kind.
inline Error unreadable_image(const std::filesystem::path& source, std::string_view problem) {
    return read_error(source, problem, "only PNG, JPEG, BMP, GIF, PGM and PPM pictures can be read, convert it to PNG");
}

/// For a picture of a known kind in a coding that few programs write; `kind` names it: "an arithmetic-coded JPEG".
inline Error unreadable_coding(const std::filesystem::path& source, std::string_view kind) {
    return read_error(source, "it is " + std::string{kind} + ", which cannot be read", "convert it to PNG");
}

/// `what` is beyond the limit: "its 20000 x 10000 pixels are".
inline Error oversized_image(const std::filesystem::path& source, std::string_view what, std::uint64_t limit) {
    return read_error(source, std::string{what} + " above the limit of " + std::to_string(limit),
                      "make the picture smaller first");
}

/// Throws Error unless a picture of this size has pixels, and no more than the limit.
inline void check_image_size(const std::filesystem::path& source, std::uint64_t width, std::uint64_t height,
                             std::size_t pixel_limit) {
    if (width == 0 || height == 0) throw damaged_image(source, "it has no pixels");
    if (height > pixel_limit / width)
        throw oversized_image(source, "its " + std::to_string(width) + " x " + std::to_string(height) + " pixels are",
                              pixel_limit);
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
