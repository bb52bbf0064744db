#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/image_set.hpp"
#include "tinyres/data/loader_options.hpp"
#include "tinyres/data/shuffle.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Which images of a data set an epoch holds, and in which order: all of them, one after the other or shuffled, or as
/// many that are drawn class by class.
class EpochOrder {
public:
    EpochOrder() = default;

    /// Of the first `images` images of `set`.
    template <ImageSet Set>
    EpochOrder(const Set& set, int images, const LoaderOptions& options)
        : shuffle_(options.shuffle), balanced_(options.balanced), seed_(options.seed) {
        order_.resize(static_cast<std::size_t>(images));
        std::iota(order_.begin(), order_.end(), 0);
        if (!balanced_) return;
        by_class_ = order_;
        std::stable_sort(by_class_.begin(), by_class_.end(), [&](int a, int b) { return set.label(a) < set.label(b); });
        for (std::size_t i = 0; i < by_class_.size(); ++i)
            if (i == 0 || set.label(by_class_[i]) != set.label(by_class_[i - 1])) class_begins_.push_back(i);
        class_begins_.push_back(by_class_.size());
    }

    /// Makes the order of epoch `number`.
    void begin(int number) {
        if (balanced_)
            draw(number);
        else if (shuffle_)
            shuffled_order(order_, seed_, number);
    }

    /// The images of the epoch as indices into the data set.
    std::span<const int> images() const { return order_; }

    std::size_t size() const { return order_.size(); }

    /// Whether an epoch may hold an image twice. The place in the epoch then names an image's random numbers, not its
    /// index, so that it does not look the same both times.
    bool repeats() const { return balanced_; }

    /// The `minor` of the random numbers of the image at `place` in the epoch.
    std::uint32_t random_minor(std::size_t place) const {
        return static_cast<std::uint32_t>(repeats() ? static_cast<int>(place) : order_[place]);
    }

private:
    /// A class, then one of its images, each with equal probability.
    void draw(int number) {
        RandomStream random{{.seed = seed_, .purpose = Purpose::shuffle, .major = static_cast<std::uint32_t>(number)}};
        const int classes = static_cast<int>(class_begins_.size()) - 1;
        for (int& image : order_) {
            const std::size_t drawn = static_cast<std::size_t>(random.below(classes));
            const std::size_t begin = class_begins_[drawn];
            const int count = static_cast<int>(class_begins_[drawn + 1] - begin);
            image = by_class_[begin + static_cast<std::size_t>(random.below(count))];
        }
    }

    bool shuffle_ = false;
    bool balanced_ = false;
    std::uint64_t seed_ = 0;
    std::vector<int> order_;
    std::vector<int> by_class_;             // if balanced: the images of one class after the other
    std::vector<std::size_t> class_begins_; // the classes that occur: where each begins there, and the end
};

} // namespace TINYRES_ARCH
} // namespace tinyres
