#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/io/image.hpp"
#include "tinyres/io/image_files.hpp"
#include "tinyres/io/input_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// Whether `text` is in the last 1024 of `bytes`.
inline bool ends_near(std::span<const std::byte> bytes, std::string_view text) {
    const std::span<const std::byte> end = bytes.last((std::min)(bytes.size(), std::size_t{1024}));
    return std::search(end.begin(), end.end(), text.begin(), text.end(),
                       [](std::byte b, char c) { return b == static_cast<std::byte>(c); }) != end.end();
}

/// Whether a picture's head and tail (the file's beginning and its last bytes) are those of a JPEG or PNG that is
/// whole. False when only decoding can tell, as for other kinds. Throws Error for a coding that cannot be read and for
/// a size above the limit.
inline bool image_looks_whole(std::span<const std::byte> head, std::span<const std::byte> tail, std::size_t pixel_limit,
                              const std::filesystem::path& source) {
    if (is_jpeg(head)) {
        const JpegFrame frame = jpeg_frame(head);
        if (const std::string kind = unreadable_jpeg(frame); !kind.empty()) throw unreadable_coding(source, kind);
        if (frame.marker == 0 || frame.scan == 0) return false;
        check_image_size(source, frame.width, frame.height, pixel_limit);
        return ends_near(tail, "\xFF\xD9");
    }
    if (is_png(head)) {
        const ByteReader reader{head, true};
        const std::optional<std::size_t> width = reader.number(16, 4), height = reader.number(20, 4);
        if (!width || !height) return false;
        check_image_size(source, *width, *height, pixel_limit);
        return ends_near(tail, "IEND\xAE\x42\x60\x82");
    }
    return false;
}

/// Throws Error, naming the file, unless it can be read as a picture, as far as `check` looks.
inline void check_image_file(const std::filesystem::path& path, ImageCheck check, const ImageOptions& options) {
    InputFile file{path};
    std::vector<std::byte> tail(static_cast<std::size_t>((std::min)(file.size(), std::uint64_t{1024})));
    file.read_last(tail);
    std::vector<std::byte> head;
    // A camera's preview may stand before a JPEG's frame.
    for (const std::uint64_t head_size : {std::uint64_t{1} << 13, std::uint64_t{1} << 18}) {
        const std::size_t known = head.size();
        head.resize(static_cast<std::size_t>((std::min)(file.size(), head_size)));
        file.read(std::span{head}.subspan(known));
        if (image_looks_whole(head, tail, options.pixel_limit, path) && check == ImageCheck::header) return;
    }
    static_cast<void>(read_image(path, options));
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
