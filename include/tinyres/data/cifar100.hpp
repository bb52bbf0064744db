#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/data/cifar_files.hpp"
#include "tinyres/data/dataset.hpp"

#include <filesystem>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Which of its two labels an image of CIFAR-100 keeps: one of 100 classes ("maple_tree"), or one of the 20
/// superclasses of five each ("trees").
enum class Cifar100Labels { fine, coarse };

namespace cifar100 {

inline cifar::Format format(Cifar100Labels labels) {
    const bool fine = labels == Cifar100Labels::fine;
    return {.name = "CIFAR-100",
            .archive = "cifar-100-binary.tar.gz",
            .folder = "cifar-100-binary",
            .training_files = {{"train.bin", 50'000}},
            .test_files = {{"test.bin", 10'000}},
            .class_names_file = fine ? "fine_label_names.txt" : "coarse_label_names.txt",
            .classes = fine ? 100u : 20u,
            .label_bytes = 2, // the coarse label, then the fine one
            .label = fine ? 1u : 0u};
}

} // namespace cifar100

/// Reads one split of CIFAR-100 (Krizhevsky, 2009) in its official binary layout: train.bin (50,000 images) or test.bin
/// (10,000), and fine_label_names.txt or coarse_label_names.txt. `directory` holds these files or the folder
/// `cifar-100-binary` that does. The images come out as (size, 32, 32, 3).
/// Throws Error, naming the file, when one is missing, unreadable, of another size than the official one or holds a
/// label above the last class.
inline Dataset load_cifar100(const std::filesystem::path& directory, Split split,
                             Cifar100Labels labels = Cifar100Labels::fine) {
    return cifar::load(cifar100::format(labels), directory, split);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
