#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/cifar_files.hpp"
#include "tinyres/data/dataset.hpp"

#include <array>
#include <filesystem>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace cifar10 {

inline constexpr int classes = 10;
/// What batches.meta.txt calls them, for a program that has a trained network but no data.
inline constexpr std::array<const char*, classes> class_names{"airplane", "automobile", "bird",  "cat",  "deer",
                                                              "dog",      "frog",       "horse", "ship", "truck"};

inline cifar::Format format() {
    return {.name = "CIFAR-10",
            .archive = "cifar-10-binary.tar.gz",
            .folder = "cifar-10-batches-bin",
            .training_files = {{"data_batch_1.bin", 10'000},
                               {"data_batch_2.bin", 10'000},
                               {"data_batch_3.bin", 10'000},
                               {"data_batch_4.bin", 10'000},
                               {"data_batch_5.bin", 10'000}},
            .test_files = {{"test_batch.bin", 10'000}},
            .class_names_file = "batches.meta.txt",
            .classes = classes,
            .label_bytes = 1,
            .label = 0};
}

} // namespace cifar10

/// Reads one split of CIFAR-10 (Krizhevsky, 2009) in its official binary layout: data_batch_1.bin to data_batch_5.bin
/// (50,000 training images) or test_batch.bin (10,000), and batches.meta.txt. `directory` holds these files or the
/// folder `cifar-10-batches-bin` that does. The images come out as (size, 32, 32, 3).
/// Throws Error, naming the file, when one is missing, unreadable, of another size than the official one or holds a
/// label above 9.
inline Dataset load_cifar10(const std::filesystem::path& directory, Split split) {
    return cifar::load(cifar10::format(), directory, split);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
