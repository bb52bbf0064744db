#pragma once

#include "predictions.hpp"

#include <functional>
#include <span>
#include <string>
#include <tinyres/data/picture.hpp>
#include <tinyres/data/transforms/normalize.hpp>
#include <vector>

namespace example {

namespace tr = tinyres;

/// An image of the training set, and what the network sees of it.
struct AugmentedImage {
    std::string label;
    std::vector<tr::Picture> versions; ///< as it is, and in the first epochs
};

/// The augmented images that a report shows: of each class one, of the first epochs so many.
inline constexpr int shown_epochs = 3;

/// The mistakes that a report shows.
inline constexpr std::size_t most_mistakes = 24;

/// A test image that is predicted wrongly.
struct Mistake {
    int image = 0; ///< its index in the test set
    std::string truth;
    std::string prediction;
    double probability = 0.0;          ///< of the prediction
    double probability_of_truth = 0.0; ///< of the right class
    tr::Picture picture;
};

/// The mistakes that the network is surest of, at most `most`; `picture` gives image number N of the test.
std::vector<Mistake> surest_mistakes(const std::function<tr::Picture(int)>& picture, const Predictions& predictions,
                                     std::size_t most = most_mistakes);

/// An image that is normalized, (height, width, 3), as a picture.
tr::Picture picture_of(std::span<const float> pixels, int height, int width, const tr::Normalize& normalization);

/// Pictures of one size in `columns` columns on gray, each `scale` times as large.
tr::Picture picture_sheet(const std::vector<tr::Picture>& pictures, int columns, int scale);

/// A picture as a URI that holds it: "data:image/png;base64,...".
std::string data_uri(const tr::Picture& picture);

} // namespace example
