#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/bmp.hpp"
#include "tinyres/io/exif_orientation.hpp"
#include "tinyres/io/image_error.hpp"
#include "tinyres/io/image_kind.hpp"
#include "tinyres/io/input_file.hpp"
#include "tinyres/io/jpeg_frame.hpp"
#include "tinyres/io/jpeg_tables.hpp"
#include "tinyres/io/jpeg_turbo.hpp"
#include "tinyres/io/png_chunks.hpp"
#include "tinyres/io/pnm.hpp"
#include "tinyres/io/stb_decode.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How a file becomes a picture.
struct ImageOptions {
    std::array<std::uint8_t, 3> background{255, 255, 255}; ///< shows through where the picture is transparent: white
    std::size_t pixel_limit = picture_pixel_limit;         ///< width x height; larger pictures are not decoded
    JpegDecoder jpeg = JpegDecoder::stb;                   ///< what decodes JPEG files
    /// JpegDecoder::turbo may give a JPEG at a half, a quarter or an eighth of its size, which is faster, as long as
    /// its shorter side keeps so many pixels; 0: at its full size.
    int jpeg_least_side = 0;
};

/// The largest file that is read as a picture, in bytes.
inline constexpr std::size_t image_file_limit = std::size_t{1} << 29;

namespace detail {

inline void check_image_file_size(const std::filesystem::path& source, std::uint64_t size) {
    if (size > image_file_limit)
        throw oversized_image(source, "its " + std::to_string(size) + " bytes are", image_file_limit);
}

inline Picture decode_jpeg(std::span<const std::byte> bytes, const ImageOptions& options,
                           const std::filesystem::path& source) {
    const JpegFrame frame = jpeg_frame(bytes);
    if (const std::string kind = unreadable_jpeg(frame); !kind.empty()) throw unreadable_coding(source, kind);
    if (!jpeg_tables_fit(bytes)) throw damaged_image(source, "it is damaged (a Huffman table of more than 256 codes)");
    if (options.jpeg == JpegDecoder::turbo && frame.channels != 4 && frame.marker != 0) {
        check_image_size(source, frame.width, frame.height, options.pixel_limit);
        return turbo_decode(bytes, jpeg_denominator(frame.width, frame.height, options.jpeg_least_side), source);
    }
    const std::vector<std::byte> clear =
        frame.channels == 4 ? jpeg_with_cmyk_marker(bytes, frame) : jpeg_with_ycbcr_names(bytes, frame);
    return stb_decode(clear.empty() ? bytes : clear, options.background, options.pixel_limit, source);
}

inline Picture decode_png(std::span<const std::byte> bytes, const ImageOptions& options,
                          const std::filesystem::path& source) {
    if (!png_is_whole(bytes)) throw damaged_image(source, "it is damaged or cut short");
    return stb_decode(bytes, options.background, options.pixel_limit, source);
}

/// The picture as it is stored, whichever way it is to be turned.
inline Picture decode_stored_image(std::span<const std::byte> bytes, const ImageOptions& options,
                                   const std::filesystem::path& source) {
    if (bytes.empty()) throw damaged_image(source, "the file is empty");
    check_image_file_size(source, bytes.size());
    if (is_png(bytes)) return decode_png(bytes, options, source);
    if (is_jpeg(bytes)) return decode_jpeg(bytes, options, source);
    if (is_bmp(bytes)) return decode_bmp(bytes, options.background, options.pixel_limit, source);
    if (is_gif(bytes)) return stb_decode(bytes, options.background, options.pixel_limit, source);
    if (is_pnm(bytes)) return decode_pnm(bytes, options.pixel_limit, source);
    const std::string_view kind = other_image_kind(bytes);
    throw unreadable_image(source, kind.empty() ? "it is not a picture" : "it is " + std::string{kind});
}

} // namespace detail

/// The picture in the bytes of a PNG, JPEG, BMP, GIF (its first frame) or binary PGM or PPM file, whatever its name:
/// gray, palettes, CMYK, transparency (blended with `options.background`) and 16-bit channels (a PNG's upper byte)
/// become 8-bit red, green and blue; a JPEG or PNG is turned as its EXIF orientation says. Color profiles are ignored.
/// Throws Error, with `source` as the file's name,
/// when it is another kind of file or coding (which the error names), is damaged or cut short, or has more pixels than
/// the limit, which is checked before any is decoded.
inline Picture decode_image(std::span<const std::byte> bytes, const ImageOptions& options = {},
                            const std::filesystem::path& source = "the picture") {
    return upright(detail::decode_stored_image(bytes, options, source), exif_orientation(bytes));
}

/// Reads a picture from a file, as decode_image does. Throws Error (one line: file, problem, remedy)
/// when it cannot be read either.
inline Picture read_image(const std::filesystem::path& path, const ImageOptions& options = {}) {
    InputFile file{path};
    detail::check_image_file_size(path, file.size());
    try {
        std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
        file.read(bytes);
        return decode_image(bytes, options, path);
    } catch (const std::bad_alloc&) {
        throw read_error(path, "there is not enough memory for it", "free some memory or make the picture smaller");
    }
}

} // namespace TINYRES_ARCH
} // namespace tinyres
