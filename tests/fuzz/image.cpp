// Pictures: the decoder, EXIF, resizing; what was decoded survives being written as PNG.
#include "target.hpp"

#include "tinyres/data/resize.hpp"
#include "tinyres/io/image.hpp"
#include "tinyres/io/png.hpp"

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// The bytes with the checksums that a PNG's chunks must have, without which little of a PNG that was made up is looked
/// at.
std::vector<std::byte> with_checksums(std::span<const std::byte> file) {
    std::vector<std::byte> bytes{file.begin(), file.end()};
    tr::detail::for_each_png_chunk(file, [&](const tr::detail::PngChunk& chunk) {
        const std::uint32_t checksum = tr::detail::png_checksum(file, chunk);
        for (std::size_t i = 0; i < 4; ++i)
            bytes[chunk.checksum_place + i] = static_cast<std::byte>(checksum >> (24 - 8 * i) & 0xFFu);
    });
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t pixel_limit = 1 << 14;
    std::vector<std::byte> bytes{reinterpret_cast<const std::byte*>(data),
                                 reinterpret_cast<const std::byte*>(data) + size};
    if (tr::detail::is_png(bytes)) bytes = with_checksums(bytes);
    const int orientation = tr::exif_orientation(bytes);
    require(orientation >= 1 && orientation <= 8, "an orientation is 1 to 8");
    tr::Picture picture;
    if (!accepted([&] { picture = tr::decode_image(bytes, {.pixel_limit = pixel_limit}); })) return 0;
    require(picture.width > 0 && picture.height > 0, "a picture has pixels");
    const std::size_t pixels = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
    require(pixels <= pixel_limit, "a picture keeps the limit");
    require(picture.pixels.size() == 3 * pixels, "a pixel has three values");
    require(tr::decode_image(tr::encode_png(picture)).pixels == picture.pixels, "PNG loses nothing");
    const tr::Picture small = tr::resize(tr::center_square(picture), 32, 32);
    require(small.pixels.size() == 32 * 32 * 3, "a resized picture has the size that was asked for");
    return 0;
}
