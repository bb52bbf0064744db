#include "thumbnail.hpp"

#include <cstdint>
#include <tinyres/io/stb_image_write.hpp>

namespace example::inspection {

namespace {

std::string base64_text(const std::string& bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i) text += at + i > bytes.size() ? '=' : digits[group >> (18 - 6 * i) & 63u];
    }
    return text;
}

void append(void* text, void* bytes, int count) {
    static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
}

} // namespace

std::string thumbnail_uri(const tinyres::Picture& picture) {
    constexpr int quality = 80;
    std::string jpeg;
    tinyres::detail::stb::stbi_write_jpg_to_func(append, &jpeg, picture.width, picture.height, 3, picture.pixels.data(),
                                                 quality);
    return "data:image/jpeg;base64," + base64_text(jpeg);
}

} // namespace example::inspection
