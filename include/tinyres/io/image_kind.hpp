#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// "a WebP picture" for the beginning of a WebP file, and so on; empty for what is not known.
inline std::string_view other_image_kind(std::span<const std::byte> bytes) {
    struct Kind {
        std::size_t place;
        std::string_view signature;
        std::string_view name;
    };
    constexpr std::array kinds{
        Kind{8, "WEBP", "a WebP picture"},
        Kind{4, "ftypavif", "an AVIF picture"},
        Kind{4, "ftyphei", "a HEIC picture"},
        Kind{4, "ftypmif1", "a HEIF picture"},
        Kind{0, std::string_view{"II*\0", 4}, "a TIFF picture"},
        Kind{0, std::string_view{"MM\0*", 4}, "a TIFF picture"},
        Kind{0, "\xFF\x0A", "a JPEG XL picture"},
        Kind{4, "JXL ", "a JPEG XL picture"},
        Kind{4, "jP  ", "a JPEG 2000 picture"},
        Kind{0, "\xFF\x4F\xFF\x51", "a JPEG 2000 picture"},
        Kind{0, std::string_view{"\0\0\1\0", 4}, "a Windows icon"},
        Kind{0, "8BPS", "a Photoshop picture"},
        Kind{0, "%PDF", "a PDF document"},
        Kind{0, "<svg", "an SVG drawing"},
        Kind{0, "<?xml", "an XML document"},
    };
    for (const Kind& kind : kinds)
        if (bytes.size() >= kind.place && begins_with(bytes.subspan(kind.place), kind.signature)) return kind.name;
    return {};
}

inline bool is_png(std::span<const std::byte> bytes) {
    return begins_with(bytes, "\x89PNG");
}

inline bool is_jpeg(std::span<const std::byte> bytes) {
    return begins_with(bytes, "\xFF\xD8");
}

inline bool is_bmp(std::span<const std::byte> bytes) {
    return begins_with(bytes, "BM");
}

inline bool is_gif(std::span<const std::byte> bytes) {
    return begins_with(bytes, "GIF8");
}

/// Binary PGM (gray) or PPM (color).
inline bool is_pnm(std::span<const std::byte> bytes) {
    return begins_with(bytes, "P5") || begins_with(bytes, "P6");
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
