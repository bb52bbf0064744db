#include "data.hpp"

#include "options.hpp"

#include <algorithm>
#include <tinyres/data/cifar10.hpp>
#include <tinyres/data/synthetic.hpp>

namespace example {

tinyres::Dataset load_data(const std::string& source, tinyres::Split split, int limit) {
    if (source != synthetic_source) return tinyres::load_cifar10(source, split);
    const int size = split == tinyres::Split::train ? 50'000 : 10'000;
    return tinyres::make_synthetic(split, limit > 0 ? limit : size);
}

std::string data_name(const std::string& source) {
    return source == synthetic_source ? "synthetic (drawn shapes, no photographs)" : "CIFAR-10 in " + source;
}

int images_used(const tinyres::Dataset& dataset, int limit) {
    return limit > 0 ? std::min(limit, dataset.size()) : dataset.size();
}

} // namespace example
