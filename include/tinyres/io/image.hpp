#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/exif_orientation.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/input_file.hpp"
#include "tinyres/io/jpeg_tables.hpp"
#include "tinyres/io/picture.hpp"
#include "tinyres/io/stb_image.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres::inline TINYRES_ARCH {

/// How a file becomes a picture.
struct ImageOptions {
    std::array<std::uint8_t, 3> background{255, 255, 255}; ///< shows through where the picture is transparent: white
    std::size_t pixel_limit = picture_pixel_limit;         ///< width x height; larger pictures are not decoded
};

/// The largest file that is read as a picture, in bytes.
inline constexpr std::size_t image_file_limit = std::size_t{1} << 29;

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

/// "a WebP picture" for the beginning of a WebP file, and so on; empty for what is not known.
inline std::string_view other_image_kind(std::span<const std::byte> bytes) {
    struct Kind {
        std::size_t place;
        std::string_view signature;
        std::string_view name;
    };
    constexpr std::array kinds{
        Kind{0, "GIF8", "a GIF picture"},
        Kind{8, "WEBP", "a WebP picture"},
        Kind{4, "ftypavif", "an AVIF picture"},
        Kind{4, "ftyphei", "a HEIC picture"},
        Kind{4, "ftypmif1", "a HEIF picture"},
        Kind{0, std::string_view{"II*\0", 4}, "a TIFF picture"},
        Kind{0, std::string_view{"MM\0*", 4}, "a TIFF picture"},
        Kind{0, "\xFF\x0A", "a JPEG XL picture"},
        Kind{4, "JXL ", "a JPEG XL picture"},
        Kind{0, "8BPS", "a Photoshop picture"},
        Kind{0, "%PDF", "a PDF document"},
        Kind{0, "<svg", "an SVG drawing"},
        Kind{0, "<?xml", "an XML document"},
    };
    for (const Kind& kind : kinds)
        if (bytes.size() >= kind.place && begins_with(bytes.subspan(kind.place), kind.signature)) return kind.name;
    return {};
}

inline bool is_readable_image(std::span<const std::byte> bytes) {
    return begins_with(bytes, "\x89PNG") || begins_with(bytes, "\xFF\xD8") || begins_with(bytes, "BM");
}

/// Red, green and blue of `count` pixels with opacity (alpha), over `background`.
inline void blend(const unsigned char* rgba, std::size_t count, const std::array<std::uint8_t, 3>& background,
                  std::uint8_t* rgb) {
    for (std::size_t i = 0; i < count; ++i, rgba += 4, rgb += 3) {
        const int opacity = rgba[3];
        for (std::size_t c = 0; c < 3; ++c)
            rgb[c] = static_cast<std::uint8_t>((rgba[c] * opacity + background[c] * (255 - opacity) + 127) / 255);
    }
}

} // namespace detail

/// The picture in the bytes of a PNG, JPEG or BMP file, whatever its name: grey, palettes, transparency (blended with
/// `options.background`) and 16-bit channels (their upper byte) become 8-bit red, green and blue; a JPEG is turned as
/// its EXIF orientation says. Colour profiles are passed over. Throws Error, with `source` as the file's name, when it
/// is no such file, is damaged or cut short, or has more pixels than the limit, which is asked before any is decoded.
inline Picture decode_image(std::span<const std::byte> bytes, const ImageOptions& options = {},
                            const std::filesystem::path& source = "the picture") {
    const auto damaged = [&](const std::string& problem) {
        return read_error(source, problem, "save or download it again, or use another picture");
    };
    const auto too_large = [&](const std::string& size) {
        return read_error(source, size + " above the limit of " + std::to_string(options.pixel_limit),
                          "make the picture smaller first");
    };
    const auto undecodable = [&] {
        const std::string reason = detail::stb::stbi_failure_reason();
        return reason == "too large" ? too_large("its number of pixels is")
                                     : damaged("it is damaged or cut short (" + reason + ")");
    };
    int width = 0, height = 0, channels = 0;
    const auto decode = [&](detail::ImageSource& from) {
        return std::unique_ptr<unsigned char, void (*)(void*)>{
            detail::stb::stbi_load_from_callbacks(&detail::image_source_callbacks, &from, &width, &height, &channels,
                                                  4),
            std::free};
    };

    if (bytes.empty()) throw damaged("the file is empty");
    if (!detail::is_readable_image(bytes)) {
        const std::string_view kind = detail::other_image_kind(bytes);
        throw read_error(source, kind.empty() ? "it is no picture" : "it is " + std::string{kind},
                         "only PNG, JPEG and BMP pictures can be read, convert it to one of these");
    }
    if (bytes.size() > image_file_limit)
        throw read_error(
            source, std::to_string(bytes.size()) + " bytes are above the limit of " + std::to_string(image_file_limit),
            "make the picture smaller first");

    if (detail::begins_with(bytes, "\xFF\xD8") && !detail::jpeg_tables_fit(bytes))
        throw damaged("it is damaged (a Huffman table of more than 256 codes)");

    // The header alone may take little memory, too.
    constexpr std::size_t header_memory = std::size_t{1} << 20;
    detail::stb_largest_allocation = header_memory;
    detail::ImageSource header{bytes};
    if (detail::stb::stbi_info_from_callbacks(&detail::image_source_callbacks, &header, &width, &height, &channels) ==
        0) {
        header = {bytes};
        decode(header); // only decoding tells the reason
        throw undecodable();
    }
    const auto columns = static_cast<std::uint64_t>(std::abs(std::int64_t{width}));
    const auto rows =
        static_cast<std::uint64_t>(std::abs(std::int64_t{height})); // negative in a BMP from top to bottom
    if (columns == 0 || rows == 0) throw damaged("it has no pixels");
    if (columns * rows > options.pixel_limit)
        throw too_large("its " + std::to_string(columns) + " x " + std::to_string(rows) + " pixels are");

    // The most that decoding needs at once is a PNG's 4 channels of 16 bits, held in room that was doubled until they
    // fitted; a JPEG's blocks may go beyond the edges by 32 pixels.
    detail::stb_largest_allocation = header_memory + 2 * bytes.size() + 18 * (columns + 64) * (rows + 64);
    detail::ImageSource content{bytes};
    const auto decoded = decode(content);
    if (!decoded) throw undecodable();
    if (content.exhausted) throw damaged("it is cut short");
    Picture picture = Picture::of_size(width, height);
    detail::blend(decoded.get(), picture.pixels.size() / 3, options.background, picture.pixels.data());
    return upright(std::move(picture), exif_orientation(bytes));
}

/// Reads a picture from a PNG, JPEG or BMP file, as decode_image does. Throws Error (one line: file, problem, remedy)
/// when it cannot be read either.
inline Picture read_image(const std::filesystem::path& path, const ImageOptions& options = {}) {
    InputFile file{path};
    if (file.size() > image_file_limit)
        throw read_error(path,
                         "its " + std::to_string(file.size()) + " bytes are above the limit of " +
                             std::to_string(image_file_limit),
                         "make the picture smaller first");
    try {
        std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
        file.read(bytes);
        return decode_image(bytes, options, path);
    } catch (const std::bad_alloc&) {
        throw read_error(path, "there is not enough memory for it", "free some memory or make the picture smaller");
    }
}

} // namespace tinyres::inline TINYRES_ARCH
