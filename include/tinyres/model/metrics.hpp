#pragma once

#include "tinyres/plan/loss.hpp"

#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What a training step or an evaluation found.
struct Metrics {
    double loss_sum = 0.0;
    int correct = 0;
    int count = 0;         ///< images
    double weight = count; ///< how much these count in the mean loss: other than their number with class weights
    int judged = count;    ///< images that are right or wrong: none in a regression

    /// The mean loss of an image.
    double loss() const { return loss_sum / weight; }
    /// The share of images that are predicted right, in [0, 1]: those whose greatest output is the label's, or, without
    /// labels, as the loss's TargetKind says. NaN where nothing is right or wrong.
    double accuracy() const { return static_cast<double>(correct) / judged; }

    Metrics& operator+=(const Metrics& other) {
        loss_sum += other.loss_sum;
        correct += other.correct;
        count += other.count;
        weight += other.weight;
        judged += other.judged;
        return *this;
    }

    /// As PendingMetrics are asked, so are these, which are known.
    static constexpr bool ready() { return true; }
    const Metrics& get() const { return *this; }
};

/// What a training step or an evaluation will have found when an asynchronous backend is done with it. Asking
/// for the numbers waits until then; dropping them does not. Move-only.
template <class Sum>
class PendingMetrics {
public:
    PendingMetrics(Sum sum, int count) : sum_(std::move(sum)), count_(count) {}

    /// Whether the numbers are there, so that asking for them does not wait.
    bool ready() const { return sum_.ready(); }
    Metrics get() const {
        const LossSum sum = sum_.get();
        return {sum.loss, sum.correct, count_, sum.weight, sum.judged};
    }
    double loss() const { return get().loss(); }
    double accuracy() const { return get().accuracy(); }

private:
    Sum sum_;
    int count_;
};

namespace detail {

inline Metrics metrics_of(LossSum sum, int count) {
    return {sum.loss, sum.correct, count, sum.weight, sum.judged};
}
template <class Sum>
PendingMetrics<Sum> metrics_of(Sum sum, int count) {
    return {std::move(sum), count};
}

} // namespace detail

/// What a step on this backend returns: Metrics, or PendingMetrics where it does not wait for them.
template <class Backend>
using StepMetrics = decltype(detail::metrics_of(std::declval<const Backend&>().fetch(std::declval<LossSum*>()), 0));

} // namespace TINYRES_ARCH
} // namespace tinyres
