#pragma once

#include "tinyres/train/labeled_outputs.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The share of images whose label is among the `k` greatest outputs, in [0, 1]. Of equal outputs the first ones count
/// as greater, so that k = 1 gives the accuracy. Throws Error unless k is from 1 to the number of classes.
inline double top_k_accuracy(const LabeledOutputs& images, int k) {
    if (k < 1 || k > images.classes())
        throw Error("the accuracy among the top " + std::to_string(k) + " of " + std::to_string(images.classes()) +
                    " classes; give 1 to as many");
    int right = 0;
    for (int i = 0; i < images.images(); ++i) {
        const std::span<const float> outputs = images.outputs(i);
        const int label = images.label(i);
        const float wanted = outputs[static_cast<std::size_t>(label)];
        int before = 0; // classes that come before the label; all if it is NaN
        for (int other = 0; other < images.classes(); ++other) {
            const float output = outputs[static_cast<std::size_t>(other)];
            if (other != label && !(output < wanted || (output == wanted && other > label))) ++before;
        }
        right += before < k ? 1 : 0;
    }
    return static_cast<double>(right) / images.images();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
