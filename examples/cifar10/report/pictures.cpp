#include "pictures.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tinyres/io/png.hpp>

namespace example {

namespace {

constexpr int shown_epochs = 3;

tr::Picture picture_of(const tr::Dataset& dataset, int index) {
    const auto pixels = dataset.image(index);
    return {dataset.width, dataset.height, {pixels.begin(), pixels.end()}};
}

/// Undoes the normalization.
tr::Picture picture_of(const tr::Dataset& dataset, std::span<const float> pixels) {
    tr::Picture picture = tr::Picture::of_size(dataset.width, dataset.height);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const float value = pixels[i] * tr::cifar10_std[i % 3] + tr::cifar10_mean[i % 3];
        picture.pixels[i] = static_cast<std::uint8_t>(std::lround(255.0f * std::clamp(value, 0.0f, 1.0f)));
    }
    return picture;
}

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

std::vector<AugmentedImage> augmented_images(const tr::Dataset& train_set, const Recipe& recipe) {
    const int used = recipe.limit_train == 0 ? train_set.size() : std::min(recipe.limit_train, train_set.size());
    const int count = std::min(most_augmented_looked_at, used);
    std::map<int, int> first; // image of a class
    for (int index = 0; index < count; ++index) first.emplace(train_set.labels[static_cast<std::size_t>(index)], index);
    std::vector<AugmentedImage> result;
    result.reserve(first.size());
    for (const auto& [label, index] : first)
        result.push_back({train_set.class_names[static_cast<std::size_t>(label)], {picture_of(train_set, index)}});
    // Seed, epoch and index determine what happens to an image, so it is here what it is in the shuffled batches.
    TrainLoader loader{
        train_set, tr::cifar10_augmentation(), {.batch_size = count, .seed = recipe.seed, .limit = count}};
    for (int epoch = 0; epoch < shown_epochs; ++epoch)
        for (const tr::Batch& batch : loader.epoch(epoch)) {
            auto image = result.begin();
            for (const auto& [label, index] : first) {
                const std::size_t size = train_set.image_size();
                const auto pixels = batch.images.subspan(static_cast<std::size_t>(index) * size, size);
                (image++)->versions.push_back(picture_of(train_set, pixels));
            }
        }
    return result;
}

std::vector<Mistake> surest_mistakes(const tr::Dataset& test_set, const Predictions& predictions, std::size_t most) {
    std::vector<Mistake> result;
    for (const int image : predictions.mistakes()) {
        if (result.size() == most) break;
        const int truth = predictions.label(image), prediction = predictions.predicted(image);
        result.push_back({.image = image,
                          .truth = predictions.classes()[static_cast<std::size_t>(truth)],
                          .prediction = predictions.classes()[static_cast<std::size_t>(prediction)],
                          .probability = predictions.probability(image, prediction),
                          .probability_of_truth = predictions.probability(image, truth),
                          .picture = picture_of(test_set, image)});
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
