#pragma once

// Needs nlohmann-json.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/core/type_list.hpp"
#include "tinyres/data/prepare.hpp"
#include "tinyres/data/resize.hpp"
#include "tinyres/io/classifier_notes.hpp"
#include "tinyres/io/luminance.hpp"
#include "tinyres/layers/softmax.hpp"
#include "tinyres/model/predict.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The largest part in the middle of a picture that has the ratio of `width` to `height`, rounded to whole pixels.
inline Region center_region(const Picture& picture, int width, int height) {
    const auto scaled = [](int side, int to, int from) { // at least 1 pixel of a very long picture
        return static_cast<int>((std::max)(std::int64_t{1}, (std::int64_t{side} * to + from / 2) / from));
    };
    const int full_width = (std::min)(picture.width, scaled(picture.height, width, height));
    const int full_height = (std::min)(picture.height, scaled(picture.width, height, width));
    return {.left = (picture.width - full_width) / 2,
            .top = (picture.height - full_height) / 2,
            .width = full_width,
            .height = full_height};
}

/// A picture as `height` x `width` pixels: with fit "crop", its middle (`center_region`), as if its shorter side were
/// resized and the rest of the longer one cut off; with "stretch", all of it, distorted. Training and prediction should
/// see pictures alike: as a transform for DecodedImages it is
///
///     [notes](const Picture& picture, RandomStream&) { return fit_picture(picture, notes); }
inline Picture fit_picture(const Picture& picture, const ClassifierNotes& notes) {
    return resize(picture,
                  notes.fit == "stretch" ? Region{.width = picture.width, .height = picture.height}
                                         : center_region(picture, notes.width, notes.height),
                  notes.width, notes.height);
}

/// What the network takes for a picture, (height, width, channels): fitted, gray if it has one channel, normalized.
/// Several pictures' inputs, one after the other, make a batch for `predict`.
inline std::vector<float> classifier_input(const Picture& picture, const ClassifierNotes& notes) {
    const Picture fitted = fit_picture(picture, notes);
    return prepare_images(notes.channels == 1 ? luminance(fitted) : fitted.pixels, normalization_of(notes),
                          notes.channels);
}

/// Throws Error unless the network takes pictures of the notes' size and has an output for each of their classes.
template <class Network>
void require_notes_fit(const ClassifierNotes& notes) {
    constexpr auto input = Network::input;
    const auto size = [](int height, int width, int channels, std::size_t classes) {
        return std::to_string(channels) + " x " + std::to_string(height) + " x " + std::to_string(width) +
               " (channels, height, width) and has " + std::to_string(classes) + " classes";
    };
    constexpr auto outputs = static_cast<std::size_t>(Network::output.size());
    if (input.height != notes.height || input.width != notes.width || input.channels != notes.channels ||
        outputs != notes.class_names.size())
        throw Error("the network takes " + size(input.height, input.width, input.channels, outputs) +
                    ", the weights are of one that takes " +
                    size(notes.height, notes.width, notes.channels, notes.class_names.size()) +
                    "; use the network that they were trained with");
}

/// Probabilities (classes) from one image's outputs, which are logits or the result of LogSoftmax.
inline std::vector<float> softmax_of(std::span<const float> outputs) {
    std::vector<double> powers;
    powers.reserve(outputs.size());
    const float largest = outputs.empty() ? 0.0f : *std::ranges::max_element(outputs);
    for (const float output : outputs)
        powers.push_back(std::exp(static_cast<double>(output) - static_cast<double>(largest)));
    const double sum = std::accumulate(powers.begin(), powers.end(), 0.0);
    std::vector<float> probabilities;
    probabilities.reserve(powers.size());
    for (const double power : powers) probabilities.push_back(static_cast<float>(power / sum));
    return probabilities;
}

/// A class that a picture may belong to.
struct ClassProbability {
    std::string name;
    std::size_t label = 0; ///< its number among the notes' class names
    float probability = 0.0f;
};

/// The classes by their probabilities, the likeliest first; of equal ones the first in the notes' order.
inline std::vector<ClassProbability> ranked_classes(std::span<const float> probabilities,
                                                    const ClassifierNotes& notes) {
    if (probabilities.size() != notes.class_names.size())
        throw Error("ranked_classes: " + std::to_string(probabilities.size()) + " probabilities for " +
                    std::to_string(notes.class_names.size()) + " classes; give one for each");
    std::vector<ClassProbability> classes;
    for (std::size_t label = 0; label < probabilities.size(); ++label)
        classes.push_back({notes.class_names[label], label, probabilities[label]});
    std::ranges::stable_sort(classes, std::ranges::greater{}, &ClassProbability::probability);
    return classes;
}

/// What a model says about a picture: all classes, the likeliest first. Its outputs are logits, or the result of
/// LogSoftmax or Softmax. Throws Error when the notes are of another network, or a probability is not finite.
///
///     const Safetensors file = Safetensors::read("model.safetensors");
///     const ClassifierNotes notes = read_notes(file).value();
///     std::printf("%s\n", classify(model, notes, read_image("photo.jpg")).front().name.c_str());
template <class Network, class Backend>
std::vector<ClassProbability> classify(const Model<Network, Backend>& model, const ClassifierNotes& notes,
                                       const Picture& picture) {
    require_notes_fit<Network>(notes);
    std::vector<float> outputs = predict(model, classifier_input(picture, notes));
    using Last = TypeAt<typename Network::Leaves, static_cast<std::size_t>(Network::layer_count - 1)>;
    if constexpr (!std::is_same_v<Last, Softmax>) outputs = softmax_of(outputs);
    for (const float probability : outputs)
        if (!std::isfinite(probability))
            throw Error("the network's outputs are not finite; its weights are damaged or their training failed");
    return ranked_classes(outputs, notes);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
