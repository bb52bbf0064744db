#pragma once

#include "tinyres/train/confusion_matrix.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How well a class is found, each in [0, 1]: scikit-learn's `precision_recall_fscore_support` with `zero_division=0`.
struct PrecisionRecall {
    double precision = 0.0; ///< of the images taken for the class, the share that are of it; 0 if there are none
    double recall = 0.0;    ///< of the images of the class, the share that were taken for it; 0 if there are none
    double f1 = 0.0;        ///< the harmonic mean of both; 0 if they are
};

/// Of one class.
inline PrecisionRecall precision_recall(const ConfusionMatrix& confusion, int k) {
    const auto share = [](std::int64_t part, std::int64_t whole) {
        return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    const std::int64_t right = confusion(k, k);
    const std::int64_t labeled = confusion.labeled(k);
    const std::int64_t predicted = confusion.predicted(k);
    return {share(right, predicted), share(right, labeled), share(2 * right, labeled + predicted)};
}

/// The plain means over all classes ("macro"), each class counting alike.
inline PrecisionRecall macro_precision_recall(const ConfusionMatrix& confusion) {
    PrecisionRecall mean;
    for (int k = 0; k < confusion.classes(); ++k) {
        const PrecisionRecall of_class = precision_recall(confusion, k);
        mean.precision += of_class.precision / confusion.classes();
        mean.recall += of_class.recall / confusion.classes();
        mean.f1 += of_class.f1 / confusion.classes();
    }
    return mean;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
