#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tinyres/data/dataset.hpp>
#include <tinyres/eigen/matrices.hpp>
#include <vector>

namespace example {

namespace tr = tinyres;

struct Options {
    std::string data = "synthetic";
    std::filesystem::path weights; ///< of S10; empty: a small network is trained
    std::filesystem::path out = "features.svg";
    int images = 2000;
    int train_images = 10'000;
    int epochs = 5;
    std::uint64_t seed = 1;
    int threads = 0;
};

/// Of one half of the data that `--data` names, the first images; `count` 0: all. Throws tr::Error.
tr::Dataset load_images(const Options& options, tr::Split split, int count);

/// What a network makes of images.
struct Seen {
    std::string network;             ///< which one, for the plot
    tr::RowMatrix<float> features{}; ///< (images, features)
    Eigen::VectorXi predicted{};     ///< (images): classes
};

/// Images as networks take them, (images, height * width * channels).
tr::RowMatrix<float> pixels_of(const tr::Dataset& images);

/// By S10 with the weights of `--weights`.
Seen see_with_s10(const Options& options, const tr::RowMatrix<float>& pixels);

/// By a small network that is trained here, its first convolution whitened.
Seen see_with_small_network(const Options& options, const tr::RowMatrix<float>& pixels);

/// The classes of the largest outputs, by rows.
Eigen::VectorXi largest(const tr::RowMatrix<float>& outputs);

} // namespace example
