#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/image_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// The numbers in the header of a binary PGM or PPM file: text, with comments from '#' to the line's end.
class PnmHeaderReader {
public:
    explicit PnmHeaderReader(std::span<const std::byte> file) : file_(file) {}

    /// The next number, up to `largest`; 0 when there is none.
    std::size_t number(std::size_t largest) {
        while (is_space(at(place_)) || at(place_) == '#') {
            if (at(place_) == '#')
                while (place_ < file_.size() && at(place_) != '\n' && at(place_) != '\r') ++place_;
            else
                ++place_;
        }
        std::size_t value = 0;
        for (; at(place_) >= '0' && at(place_) <= '9'; ++place_) {
            value = 10 * value + static_cast<std::size_t>(at(place_) - '0');
            if (value > largest) return 0;
        }
        return value;
    }

    /// What comes behind the one space that ends the header.
    std::span<const std::byte> rest() const { return file_.subspan((std::min)(place_ + 1, file_.size())); }

private:
    static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
    char at(std::size_t place) const { return place < file_.size() ? std::to_integer<char>(file_[place]) : '\0'; }

    std::span<const std::byte> file_;
    std::size_t place_ = 2; // behind "P5" or "P6"
};

/// The picture in the bytes of a binary PGM (P5) or PPM (P6) file, with 8 or 16 bits a channel; a file that holds
/// several pictures gives the first. Our own because stb_image 2.27 reads past the end of one with 16 bits.
inline Picture decode_pnm(std::span<const std::byte> file, std::size_t pixel_limit,
                          const std::filesystem::path& source) {
    constexpr std::size_t largest_side = 1 << 24; // as stb has it for other kinds
    PnmHeaderReader header{file};
    const std::size_t width = header.number(largest_side);
    const std::size_t height = header.number(largest_side);
    const std::size_t white = header.number(65535);
    if (width == 0 || height == 0 || white == 0)
        throw damaged_image(source, "it is damaged or not a PGM or PPM (a number of its header is missing or wrong)");
    check_image_size(source, width, height, pixel_limit);

    const std::size_t channels = begins_with(file, "P6") ? 3 : 1;
    const std::size_t bytes = white > 255 ? 2 : 1;
    const ByteReader samples{header.rest(), true};
    if (header.rest().size() / bytes / channels / width < height) throw damaged_image(source, "it is cut short");
    Picture picture = Picture::of_size(static_cast<int>(width), static_cast<int>(height));
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        const std::size_t sample = (std::min)(white, *samples.number(i * channels / 3 * bytes, bytes));
        picture.pixels[i] = static_cast<std::uint8_t>((sample * 255 + white / 2) / white);
    }
    return picture;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
