#include "picture_facts.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <span>
#include <tinyres/data/resize.hpp>
#include <tinyres/io/checksum.hpp>
#include <tinyres/io/image.hpp>
#include <tinyres/io/luminance.hpp>
#include <utility>
#include <vector>

namespace example::inspection {

namespace {

using Bytes = std::span<const std::byte>;

Format format_of(Bytes bytes) {
    if (tr::detail::is_png(bytes)) return Format::png;
    if (tr::detail::is_jpeg(bytes)) return Format::jpeg;
    if (tr::detail::is_bmp(bytes)) return Format::bmp;
    return tr::detail::is_gif(bytes) ? Format::gif : Format::pnm;
}

/// Whether the file says that pixels may be transparent.
bool has_alpha(Bytes bytes, Format format) {
    if (format == Format::png) {
        constexpr std::size_t color_type = 25;
        const bool channel = bytes.size() > color_type && (std::to_integer<int>(bytes[color_type]) & 4) != 0;
        return channel || tr::detail::png_chunk(bytes, "tRNS").has_value();
    }
    if (format != Format::gif) return false;
    constexpr std::array introducer{std::byte{0x21}, std::byte{0xF9}, std::byte{4}}; // of a graphic control
    const auto control = std::search(bytes.begin(), bytes.end(), introducer.begin(), introducer.end());
    return bytes.end() - control > 3 && (control[3] & std::byte{1}) != std::byte{0};
}

bool is_gray(const tr::Picture& picture) {
    for (std::size_t i = 0; i + 2 < picture.pixels.size(); i += 3)
        if (picture.pixels[i] != picture.pixels[i + 1] || picture.pixels[i] != picture.pixels[i + 2]) return false;
    return true;
}

Look look_of(const tr::Picture& picture) {
    Look look;
    const std::vector<std::uint8_t> gray = tr::luminance(tr::resize(picture, 9, 8));
    for (std::size_t y = 0; y < 8; ++y)
        for (std::size_t x = 0; x < 8; ++x)
            look.gradients = look.gradients << 1 | (gray[9 * y + x + 1] > gray[9 * y + x] ? 1u : 0u);
    std::ranges::copy(tr::resize(picture, 8, 8).pixels, look.colors.begin());
    return look;
}

/// How much the colors of a picture differ from their mean, summed.
int contrast(const Look& look) {
    std::array<int, 3> sums{};
    for (std::size_t i = 0; i < look.colors.size(); ++i) sums[i % 3] += look.colors[i];
    int sum = 0;
    for (std::size_t i = 0; i < look.colors.size(); ++i) sum += std::abs(look.colors[i] - sums[i % 3] / 64);
    return sum;
}

} // namespace

tr::Picture shrunk(const tr::Picture& picture, int side) {
    const int longer = std::max(picture.width, picture.height);
    if (longer <= side) return picture;
    const auto scaled = [&](int length) {
        return std::max(1, static_cast<int>((std::int64_t{length} * side + longer / 2) / longer));
    };
    return tr::resize(picture, scaled(picture.width), scaled(picture.height));
}

LookedAt look_at(const std::filesystem::path& path) {
    tr::InputFile file{path};
    tr::detail::check_image_file_size(path, file.size());
    try {
        std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
        file.read(bytes);
        const tr::Picture picture =
            tr::decode_image(bytes, {.jpeg = tr::fastest_jpeg_decoder, .jpeg_least_side = small_side}, path);
        LookedAt result;
        PictureFacts& facts = result.facts;
        facts.format = format_of(bytes);
        facts.width = picture.width;
        facts.height = picture.height;
        if (facts.format == Format::jpeg) { // decoded at a part of its size, and turned
            const tr::detail::JpegFrame frame = tr::detail::jpeg_frame(bytes);
            facts.width = static_cast<int>(frame.width);
            facts.height = static_cast<int>(frame.height);
            if (tr::exif_orientation(bytes) >= 5) std::swap(facts.width, facts.height);
        }
        facts.file_size = bytes.size();
        tr::Fnv1a64 hash;
        hash.update(bytes);
        facts.content = hash.value();
        facts.gray = is_gray(picture);
        facts.alpha = has_alpha(bytes, facts.format);
        result.small = shrunk(picture, small_side);
        facts.look = look_of(result.small);
        return result;
    } catch (const std::bad_alloc&) {
        throw tr::read_error(path, "there is not enough memory for it", "free some memory or make the picture smaller");
    }
}

bool alike(const Look& a, const Look& b) {
    constexpr int gradients_apart = 3;
    if (std::popcount(a.gradients ^ b.gradients) > gradients_apart) return false;
    int difference = 0;
    for (std::size_t i = 0; i < a.colors.size(); ++i) difference += std::abs(a.colors[i] - b.colors[i]);
    // A step of 255 for rounding, and an eighth of how much the colors differ within the pictures.
    return difference <= static_cast<int>(a.colors.size()) + (contrast(a) + contrast(b)) / 16;
}

} // namespace example::inspection
