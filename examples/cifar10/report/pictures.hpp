#pragma once

#include "../learner.hpp"
#include "predictions.hpp"

#include <string>
#include <tinyres/data/picture.hpp>
#include <vector>

namespace example {

/// An image of the training set, and what the network sees of it.
struct AugmentedImage {
    std::string label;
    std::vector<tr::Picture> versions; ///< as it is, and in the first epochs
};

/// `augmented_images` looks at no more than so many: among them each class has one, but for very odd data.
inline constexpr int most_augmented_looked_at = 256;

/// The first image of each class, as it is and what augmentation makes of it in the first three epochs.
std::vector<AugmentedImage> augmented_images(const tr::Dataset& train_set, const Recipe& recipe);

/// A test image that is predicted wrongly.
struct Mistake {
    int image = 0; ///< its index in the test set
    std::string truth;
    std::string prediction;
    double probability = 0.0;          ///< of the prediction
    double probability_of_truth = 0.0; ///< of the right class
    tr::Picture picture;
};

/// The mistakes that the network is surest of, at most `most`.
std::vector<Mistake> surest_mistakes(const tr::Dataset& test_set, const Predictions& predictions, std::size_t most);

/// Pictures of one size in `columns` columns on gray, each `scale` times as large.
tr::Picture picture_sheet(const std::vector<tr::Picture>& pictures, int columns, int scale);

/// A picture as a URI that holds it: "data:image/png;base64,...".
std::string data_uri(const tr::Picture& picture);

} // namespace example
