#pragma once

#include "tinyres/train/labeled_outputs.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The area under the receiver operating characteristic: the chance that a positive has a higher score than a negative,
/// equal scores counting one half. scikit-learn's `roc_auc_score` of two classes. `is_positive(i)` says what score i
/// belongs to. NaN unless there are both kinds, or when a score is NaN.
template <class IsPositive>
double roc_auc(std::span<const float> scores, const IsPositive& is_positive) {
    constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
    if (std::any_of(scores.begin(), scores.end(), [](float score) { return std::isnan(score); })) return undefined;
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    double positives = 0.0; // of lower scores, as is:
    double negatives = 0.0;
    double won = 0.0; // pairs in which the positive is higher, and half of those that are equal
    for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
        double positives_here = 0.0;
        for (last = first; last < order.size() && scores[order[last]] == scores[order[first]]; ++last)
            positives_here += is_positive(order[last]) ? 1.0 : 0.0;
        const double negatives_here = static_cast<double>(last - first) - positives_here;
        won += positives_here * (negatives + negatives_here / 2);
        positives += positives_here;
        negatives += negatives_here;
    }
    return positives > 0.0 && negatives > 0.0 ? won / (positives * negatives) : undefined;
}

/// The same of class `k` against the rest. Outputs should be probabilities (of Softmax), which can be compared between
/// images.
inline double roc_auc(const LabeledOutputs& images, int k) {
    std::vector<float> scores;
    scores.reserve(static_cast<std::size_t>(images.images()));
    for (int i = 0; i < images.images(); ++i) scores.push_back(images.outputs(i)[static_cast<std::size_t>(k)]);
    return roc_auc(std::span<const float>(scores),
                   [&](std::size_t i) { return images.label(static_cast<int>(i)) == k; });
}

/// The plain mean over all classes ("macro"): scikit-learn's `roc_auc_score` with `multi_class="ovr"`. NaN when that of
/// a class is, because no image is of it or all are.
inline double macro_roc_auc(const LabeledOutputs& images) {
    double sum = 0.0;
    for (int k = 0; k < images.classes(); ++k) sum += roc_auc(images, k);
    return sum / images.classes();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
