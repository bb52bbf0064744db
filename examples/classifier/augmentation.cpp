#include "augmentation.hpp"

#include "programs/status_line.hpp"
#include "programs/text.hpp"

#include <algorithm>
#include <tinyres/data/mean_and_deviation.hpp>
#include <tinyres/data/transforms.hpp>
#include <tinyres/io/classify.hpp>

namespace example {

namespace {

/// Small images lose too much by a random part of them: they are moved by some pixels instead.
constexpr int small_side = 64;

bool moves_only(const Recipe& recipe) {
    return recipe.augmentation == "light" || recipe.image_size <= small_side;
}

tr::ChannelValues channel_values(const std::vector<float>& values) {
    tr::ChannelValues result{};
    std::copy_n(values.begin(), std::min(values.size(), result.size()), result.begin());
    return result;
}

} // namespace

PictureFit plain_fit(const tr::ClassifierNotes& notes) {
    return [notes](const tr::Picture& picture, tr::RandomStream&) {
        const bool fits = picture.width == notes.width && picture.height == notes.height;
        return fits ? picture : tr::fit_picture(picture, notes);
    };
}

PictureFit training_fit(const Recipe& recipe, const tr::ClassifierNotes& notes) {
    if (recipe.augmentation == "none" || moves_only(recipe)) return plain_fit(notes);
    return tr::RandomResizedCrop{
        .height = notes.height, .width = notes.width, .scale = {recipe.augmentation == "strong" ? 0.2f : 0.35f, 1.0f}};
}

ImageTransform training_transform(const Recipe& recipe, const tr::ClassifierNotes& notes) {
    const tr::Normalize normalize = tr::normalization_of(notes);
    if (recipe.augmentation == "none") return normalize;
    const tr::ChannelValues mean = channel_values(notes.mean);
    const bool moves = moves_only(recipe), strong = recipe.augmentation == "strong";
    return [normalize, moves, strong, move = tr::RandomCrop{.padding = notes.height / 8, .fill = mean},
            flip = tr::FlipLR{.probability = static_cast<float>(recipe.flip)},
            operation = tr::TrivialAugment{.fill = mean},
            erase = tr::RandomErasing{.probability = 0.25f}](tr::ImageView image, tr::RandomStream& random) {
        if (moves) move(image, random);
        flip(image, random);
        if (strong) operation(image, random);
        normalize(image, random);
        if (strong) erase(image, random);
    };
}

MixTransform training_mix(const Recipe& recipe) {
    if (recipe.mixup == 0) return {};
    return tr::MixUp{.alpha = static_cast<float>(recipe.mixup)};
}

std::string augmentation_text(const Recipe& recipe) {
    if (recipe.augmentation == "none") return recipe.mixup == 0 ? "none" : printed("MixUp of %g", recipe.mixup);
    std::string text = moves_only(recipe)                ? printed("moved by up to %d pixels", recipe.image_size / 8)
                       : recipe.augmentation == "strong" ? "random parts of 20% and more"
                                                         : "random parts of 35% and more";
    if (recipe.flip > 0) text += printed(", mirrored with probability %g", recipe.flip);
    if (recipe.augmentation == "strong") text += ", TrivialAugment, a quarter with a hole";
    if (recipe.mixup > 0) text += printed(", MixUp of %g", recipe.mixup);
    return text;
}

void set_normalization(const Recipe& recipe, const Pictures& pictures, int threads, tr::ClassifierNotes& notes) {
    if (recipe.normalize == "imagenet") {
        notes.mean = {0.485f, 0.456f, 0.406f};
        notes.deviation = {0.229f, 0.224f, 0.225f};
        return;
    }
    constexpr int most = 1000;
    const int step = (pictures->size() - 1) / most + 1;
    std::vector<int> looked_at;
    for (int index = 0; index < pictures->size(); index += step) looked_at.push_back(index);
    std::printf("Measuring the colors of %s training pictures\n",
                with_commas(static_cast<long long>(looked_at.size())).c_str());
    std::fflush(stdout);
    const SizedImages images{
        "training pictures", part_of(pictures, std::move(looked_at)), {}, notes.height, plain_fit(notes)};
    const tr::MeanAndDeviation measured = tr::mean_and_deviation(images, threads);
    constexpr double least = 1.0 / 255; // pictures of one color have no deviation, by which to divide
    for (std::size_t channel = 0; channel < 3; ++channel) {
        notes.mean.push_back(static_cast<float>(measured.mean[channel]));
        notes.deviation.push_back(static_cast<float>(std::max(measured.deviation[channel], least)));
    }
}

} // namespace example
