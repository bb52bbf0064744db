// Pictures: the decoder, EXIF, resizing; what was decoded survives being written as PNG.
#include "target.hpp"

#include "tinyres/io/image.hpp"
#include "tinyres/io/png.hpp"
#include "tinyres/io/resize.hpp"

namespace tr = tinyres;
using namespace tinyres_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t pixel_limit = 1 << 14;
    const std::span bytes = std::as_bytes(std::span{data, size});
    const int orientation = tr::exif_orientation(bytes);
    require(orientation >= 1 && orientation <= 8, "an orientation is 1 to 8");
    tr::Picture picture;
    if (!accepted([&] { picture = tr::decode_image(bytes, {.pixel_limit = pixel_limit}); })) return 0;
    require(picture.width > 0 && picture.height > 0, "a picture has pixels");
    const std::size_t pixels = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
    require(pixels <= pixel_limit, "a picture keeps the limit");
    require(picture.pixels.size() == 3 * pixels, "a pixel has three values");
    require(tr::decode_image(tr::encode_png(picture)).pixels == picture.pixels, "PNG loses nothing");
    const tr::Picture small = tr::resize(tr::centre_square(picture), 32, 32);
    require(small.pixels.size() == 32 * 32 * 3, "a resized picture has the size that was asked for");
    return 0;
}
