#pragma once

#include <string>
#include <tinyres/data/dataset.hpp>

namespace example {

/// One half of the data that `source` names: a directory in CIFAR-10's official layout, or "synthetic". Of a synthetic
/// set only the first `limit` images are drawn (0: 50,000 for training and 10,000 for testing, as CIFAR-10 has).
tinyres::Dataset load_data(const std::string& source, tinyres::Split split, int limit);

/// "CIFAR-10 in DIR", or "synthetic ...".
std::string data_name(const std::string& source);

/// The number of images of which a loader uses the first `limit`.
int images_used(const tinyres::Dataset& dataset, int limit);

} // namespace example
