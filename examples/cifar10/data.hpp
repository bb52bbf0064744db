#pragma once

#include "learner.hpp"

#include <string>
#include <tinyres/data/dataset.hpp>

namespace example {

/// One half of the data that `source` names: a directory in CIFAR-10's official layout, or "synthetic". Of a synthetic
/// set only the first `limit` images are drawn (0: 50,000 for training and 10,000 for testing, as CIFAR-10 has).
tr::Dataset load_data(const std::string& source, tr::Split split, int limit);

/// "CIFAR-10 in DIR", or "synthetic ...".
std::string data_name(const std::string& source);

/// The batches of a recipe: shuffled and augmented.
TrainLoader make_train_loader(const tr::Dataset& dataset, const Recipe& recipe);

/// The first `limit` images (0: all) by batches of at most `batch_size`, as they are.
TestLoader make_test_loader(const tr::Dataset& dataset, int batch_size, int limit);

/// What the network is trained on, in a few words: "S10 on CIFAR-10".
std::string subject_of(const std::string& source);

} // namespace example
