#include "pictures.hpp"

#include <algorithm>
#include <cmath>
#include <tinyres/io/png.hpp>

namespace example {

namespace {

std::string base64(std::span<const std::byte> bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (at + i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i) text += at + i > bytes.size() ? '=' : digits[group >> (18 - 6 * i) & 63u];
    }
    return text;
}

} // namespace

tr::Picture picture_of(std::span<const float> pixels, int height, int width, const tr::Normalize& normalization) {
    tr::Picture picture = tr::Picture::of_size(width, height);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const float value = pixels[i] * normalization.std[i % 3] + normalization.mean[i % 3];
        picture.pixels[i] = static_cast<std::uint8_t>(std::lround(255.0f * std::clamp(value, 0.0f, 1.0f)));
    }
    return picture;
}

std::vector<Mistake> surest_mistakes(const std::function<tr::Picture(int)>& picture, const Predictions& predictions,
                                     std::size_t most) {
    std::vector<Mistake> result;
    for (const int image : predictions.mistakes()) {
        if (result.size() == most) break;
        const int truth = predictions.label(image), prediction = predictions.predicted(image);
        result.push_back({.image = image,
                          .truth = predictions.classes()[static_cast<std::size_t>(truth)],
                          .prediction = predictions.classes()[static_cast<std::size_t>(prediction)],
                          .probability = predictions.probability(image, prediction),
                          .probability_of_truth = predictions.probability(image, truth),
                          .picture = picture(image)});
    }
    return result;
}

tr::Picture picture_sheet(const std::vector<tr::Picture>& pictures, int columns, int scale) {
    constexpr int gap = 8;
    constexpr std::uint8_t gray = 128;
    const int rows = (static_cast<int>(pictures.size()) + columns - 1) / columns;
    const int width = pictures.front().width * scale, height = pictures.front().height * scale;
    tr::Picture sheet = tr::Picture::of_size(columns * (width + gap) + gap, rows * (height + gap) + gap);
    std::fill(sheet.pixels.begin(), sheet.pixels.end(), gray);
    for (int index = 0; index < static_cast<int>(pictures.size()); ++index) {
        const int left = gap + index % columns * (width + gap), top = gap + index / columns * (height + gap);
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                std::copy_n(pictures[static_cast<std::size_t>(index)].pixel(x / scale, y / scale), 3,
                            sheet.pixel(left + x, top + y));
    }
    return sheet;
}

std::string data_uri(const tr::Picture& picture) {
    return "data:image/png;base64," + base64(tr::encode_png(picture));
}

} // namespace example
