#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace example {

/// What a network says about the images of a test, beside what they show.
class Predictions {
public:
    /// `labels` (images) and `probabilities` (images, classes).
    Predictions(std::vector<std::string> classes, std::span<const std::int32_t> labels,
                std::vector<float> probabilities);

    int size() const { return static_cast<int>(labels_.size()); }
    const std::vector<std::string>& classes() const { return classes_; }
    int label(int image) const { return labels_[static_cast<std::size_t>(image)]; }
    /// The class of the highest probability; the first of equal ones.
    int predicted(int image) const { return predicted_[static_cast<std::size_t>(image)]; }
    double probability(int image, int label) const {
        return probabilities_[static_cast<std::size_t>(image) * classes_.size() + static_cast<std::size_t>(label)];
    }

    /// The number of images that are predicted rightly.
    int correct() const;
    /// The images that are predicted wrongly, those first whose wrong class has the highest probability.
    std::vector<int> mistakes() const;
    /// How many images of a class (row) are taken for each class (column).
    std::vector<std::vector<int>> confusion() const;

    /// image,truth,prediction,probability,probability_of_truth
    std::string csv() const;

private:
    std::vector<std::string> classes_;
    std::vector<int> labels_;
    std::vector<float> probabilities_;
    std::vector<int> predicted_;
};

} // namespace example
