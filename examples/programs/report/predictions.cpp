#include "predictions.hpp"

#include "../csv.hpp"
#include "../text.hpp"

#include <algorithm>

namespace example {

Predictions::Predictions(std::vector<std::string> classes, std::span<const std::int32_t> labels,
                         std::vector<float> probabilities)
    : classes_(std::move(classes)), labels_(labels.begin(), labels.end()), probabilities_(std::move(probabilities)) {
    predicted_.reserve(labels_.size());
    for (auto row = probabilities_.begin(); row != probabilities_.end(); row += std::ssize(classes_))
        predicted_.push_back(static_cast<int>(std::max_element(row, row + std::ssize(classes_)) - row));
}

int Predictions::correct() const {
    int count = 0;
    for (int image = 0; image < size(); ++image) count += predicted(image) == label(image);
    return count;
}

std::vector<int> Predictions::mistakes() const {
    std::vector<int> images;
    for (int image = 0; image < size(); ++image)
        if (predicted(image) != label(image)) images.push_back(image);
    std::stable_sort(images.begin(), images.end(),
                     [&](int a, int b) { return probability(a, predicted(a)) > probability(b, predicted(b)); });
    return images;
}

std::vector<std::vector<int>> Predictions::confusion() const {
    std::vector<std::vector<int>> counts(classes_.size(), std::vector<int>(classes_.size()));
    for (int image = 0; image < size(); ++image)
        ++counts[static_cast<std::size_t>(label(image))][static_cast<std::size_t>(predicted(image))];
    return counts;
}

std::string Predictions::csv() const {
    std::string text = "image,truth,prediction,probability,probability_of_truth\n";
    for (int image = 0; image < size(); ++image)
        text += std::to_string(image) + ',' + csv_field(classes_[static_cast<std::size_t>(label(image))]) + ',' +
                csv_field(classes_[static_cast<std::size_t>(predicted(image))]) +
                printed(",%.6f,%.6f\n", probability(image, predicted(image)), probability(image, label(image)));
    return text;
}

} // namespace example
