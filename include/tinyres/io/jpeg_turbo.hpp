#pragma once

// Decodes by libjpeg-turbo where TINYRES_JPEG_TURBO is defined, which CMake's tinyres::io does where the library is
// installed (Debian: libjpeg62-turbo-dev).

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/image_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#ifdef TINYRES_JPEG_TURBO
#include <csetjmp>
#include <cstdio>
#include <jerror.h>
#include <jpeglib.h>
#endif

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What decodes JPEG files. Both give the same picture but for roundings, a few of 255 steps: libjpeg-turbo is the
/// decoder of Pillow and torchvision and more than twice as fast as stb_image, which is always there.
enum class JpegDecoder { stb, turbo };

#ifdef TINYRES_JPEG_TURBO
/// The fastest decoder that this program has.
inline constexpr JpegDecoder fastest_jpeg_decoder = JpegDecoder::turbo;
#else
/// The fastest decoder that this program has.
inline constexpr JpegDecoder fastest_jpeg_decoder = JpegDecoder::stb;
#endif

namespace detail {

/// The largest of 8, 4, 2 and 1 by which a picture's sides can be divided while the shorter one keeps `least_side`
/// pixels; 1 if that is 0.
constexpr unsigned jpeg_denominator(std::size_t width, std::size_t height, int least_side) {
    const std::size_t shorter = (std::min)(width, height);
    unsigned denominator = least_side > 0 ? 8 : 1;
    while (denominator > 1 && (shorter + denominator - 1) / denominator < static_cast<std::size_t>(least_side))
        denominator /= 2;
    return denominator;
}

#ifdef TINYRES_JPEG_TURBO

/// libjpeg-turbo's decompressor. It reports errors by longjmp, over functions that must own nothing: so what is owned
/// is a member here, and the functions that libjpeg may leave have no objects with destructors.
class TurboDecoder {
public:
    explicit TurboDecoder(const std::filesystem::path& source) : source_(source) {
        decompressor_.err = ::jpeg_std_error(&errors_.base);
        errors_.base.error_exit = leave;
        errors_.base.emit_message = note;
    }
    TurboDecoder(const TurboDecoder&) = delete;
    TurboDecoder& operator=(const TurboDecoder&) = delete;
    ~TurboDecoder() { ::jpeg_destroy_decompress(&decompressor_); }

    /// The picture at 1 / denominator of its size. To be called once.
    Picture decode(std::span<const std::byte> bytes, unsigned denominator) {
        if (!start(bytes.data(), bytes.size()) || !begin(denominator)) throw error();
        Picture picture = Picture::of_size(static_cast<int>(decompressor_.output_width),
                                           static_cast<int>(decompressor_.output_height));
        if (!read_rows(picture.pixels.data()) || errors_.damage != 0) throw error();
        return picture;
    }

private:
    struct Errors {
        ::jpeg_error_mgr base; // the first member, by which the others are found
        std::jmp_buf place;
        int damage = 0; // the code of the first warning that says that pixels are missing
    };

    bool start(const std::byte* bytes, std::size_t size) {
        if (setjmp(errors_.place) != 0) return false;
        jpeg_create_decompress(&decompressor_);
        ::jpeg_mem_src(&decompressor_, reinterpret_cast<const unsigned char*>(bytes), static_cast<unsigned long>(size));
        return ::jpeg_read_header(&decompressor_, TRUE) == JPEG_HEADER_OK;
    }

    bool begin(unsigned denominator) {
        if (setjmp(errors_.place) != 0) return false;
        decompressor_.out_color_space = JCS_RGB;
        decompressor_.scale_num = 1;
        decompressor_.scale_denom = denominator;
        ::jpeg_start_decompress(&decompressor_);
        return true;
    }

    bool read_rows(std::uint8_t* row) {
        if (setjmp(errors_.place) != 0) return false;
        while (decompressor_.output_scanline < decompressor_.output_height) {
            ::JSAMPROW place = row + std::size_t{3} * decompressor_.output_width * decompressor_.output_scanline;
            ::jpeg_read_scanlines(&decompressor_, &place, 1);
        }
        ::jpeg_finish_decompress(&decompressor_);
        return true;
    }

    static Errors& errors_of(::j_common_ptr decompressor) { return *reinterpret_cast<Errors*>(decompressor->err); }

    [[noreturn]] static void leave(::j_common_ptr decompressor) { std::longjmp(errors_of(decompressor).place, 1); }

    static void note(::j_common_ptr decompressor, int level) {
        if (level >= 0) return;
        Errors& errors = errors_of(decompressor);
        const int code = errors.base.msg_code;
        // What decoders have always passed over: cameras and programs write it.
        const bool harmless = code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM ||
                              code == JWRN_BOGUS_PROGRESSION;
        if (!harmless && errors.damage == 0) errors.damage = code;
    }

    /// What libjpeg has said last.
    Error error() {
        if (errors_.damage == JWRN_JPEG_EOF) return damaged_image(source_, "it is cut short");
        if (errors_.damage != 0) errors_.base.msg_code = errors_.damage;
        char message[JMSG_LENGTH_MAX] = {};
        (*errors_.base.format_message)(reinterpret_cast<::j_common_ptr>(&decompressor_), message);
        return damaged_image(source_, "it is damaged or cut short (" + std::string{message} + ")");
    }

    const std::filesystem::path& source_;
    Errors errors_{};
    ::jpeg_decompress_struct decompressor_{};
};

/// The picture in the bytes of a JPEG file of 1 or 3 channels, as it is stored, at 1 / denominator of its size.
inline Picture turbo_decode(std::span<const std::byte> bytes, unsigned denominator,
                            const std::filesystem::path& source) {
    return TurboDecoder{source}.decode(bytes, denominator);
}

#else

inline Picture turbo_decode(std::span<const std::byte>, unsigned, const std::filesystem::path& source) {
    throw read_error(source, "this program was built without libjpeg-turbo",
                     "install it (Debian: libjpeg62-turbo-dev) and build again, or take JpegDecoder::stb");
}

#endif

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
