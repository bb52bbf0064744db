#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/batch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What a network says of images, beside what they are: what metrics are computed from. A view.
class LabeledOutputs {
public:
    /// Of outputs (images, classes), as `predict` gives them, and labels (images). Throws Error when there are no
    /// images, the outputs are not the same number for each label, or a label is not one of the classes.
    LabeledOutputs(std::span<const float> outputs, std::span<const std::int32_t> labels)
        : outputs_(outputs), labels_(labels) {
        if (labels.empty() || outputs.empty() || outputs.size() % labels.size() != 0)
            throw Error("there are " + std::to_string(outputs.size()) + " outputs and " +
                        std::to_string(labels.size()) + " labels; give a label and one output a class for each image");
        classes_ = static_cast<int>(outputs.size() / labels.size());
        for (const std::int32_t label : labels) require_label(label, classes_);
    }

    int images() const { return static_cast<int>(labels_.size()); }
    int classes() const { return classes_; }
    int label(int image) const { return labels_[static_cast<std::size_t>(image)]; }
    std::span<const float> outputs(int image) const {
        const auto count = static_cast<std::size_t>(classes_);
        return outputs_.subspan(static_cast<std::size_t>(image) * count, count);
    }

    /// The class with the greatest output, the first one of equals.
    int prediction(int image) const {
        const std::span<const float> outputs_here = outputs(image);
        return static_cast<int>(std::max_element(outputs_here.begin(), outputs_here.end()) - outputs_here.begin());
    }

private:
    std::span<const float> outputs_;
    std::span<const std::int32_t> labels_;
    int classes_ = 0;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
