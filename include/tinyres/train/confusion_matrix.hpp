#pragma once

#include "tinyres/train/labeled_outputs.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How often images of each class were taken for which: scikit-learn's `confusion_matrix`.
///
///     ConfusionMatrix confusion({outputs, labels});
///     confusion(3, 5); // images of class 3 that were taken for class 5
class ConfusionMatrix {
public:
    /// Of no images yet. Throws Error unless there is a class.
    explicit ConfusionMatrix(int classes) : classes_(classes) {
        if (classes < 1) throw Error("a confusion matrix of " + std::to_string(classes) + " classes; give 1 or more");
        counts_.resize(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes));
    }
    explicit ConfusionMatrix(const LabeledOutputs& images) : ConfusionMatrix(images.classes()) { add(images); }

    /// Counts more images. Throws Error when they have another number of classes.
    void add(const LabeledOutputs& images) {
        if (images.classes() != classes_)
            throw Error("a confusion matrix of " + std::to_string(classes_) + " classes was given outputs of " +
                        std::to_string(images.classes()) + "; give those of the same network");
        for (int i = 0; i < images.images(); ++i) ++counts_[place(images.label(i), images.prediction(i))];
    }

    int classes() const { return classes_; }
    /// Images of class `label` that were taken for class `prediction`.
    std::int64_t operator()(int label, int prediction) const { return counts_[place(label, prediction)]; }
    /// Images of this class.
    std::int64_t labeled(int k) const {
        std::int64_t sum = 0;
        for (int i = 0; i < classes_; ++i) sum += (*this)(k, i);
        return sum;
    }
    /// Images that were taken for this class.
    std::int64_t predicted(int k) const {
        std::int64_t sum = 0;
        for (int i = 0; i < classes_; ++i) sum += (*this)(i, k);
        return sum;
    }

private:
    std::size_t place(int label, int prediction) const {
        return static_cast<std::size_t>(label) * static_cast<std::size_t>(classes_) +
               static_cast<std::size_t>(prediction);
    }

    int classes_;
    std::vector<std::int64_t> counts_; ///< (labels, predictions)
};

} // namespace TINYRES_ARCH
} // namespace tinyres
