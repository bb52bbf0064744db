#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/idx.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace mnist {

/// The file of one split that holds "images-idx3" or "labels-idx1": in `directory`, as it is or in gzip's form; some
/// collections write "images.idx3".
inline std::filesystem::path find_file(const std::filesystem::path& directory, Split split, const std::string& what,
                                       const std::string& kind) {
    const std::string start = (split == Split::test ? "t10k-" : "train-") + what;
    for (const std::string separator : {"-", "."})
        for (const std::string end : {"-ubyte", "-ubyte.gz"}) {
            std::filesystem::path file = directory / (start + separator + kind + end);
            std::error_code failure;
            if (std::filesystem::exists(file, failure)) return file;
        }
    throw read_error(directory,
                     "there is no file " + start + "-" + kind + "-ubyte or " + start + "-" + kind + "-ubyte.gz",
                     "name the directory that holds the four files of the data set");
}

/// A data set in MNIST's four files, with ten classes.
inline Dataset load(const std::filesystem::path& directory, Split split, std::string name,
                    std::vector<std::string> class_names) {
    const std::filesystem::path labels = find_file(directory, split, "labels", "idx1");
    Dataset dataset = load_idx(find_file(directory, split, "images", "idx3"), labels);
    dataset.name = std::move(name);
    dataset.class_names = std::move(class_names);
    for (int index = 0; index < dataset.size(); ++index)
        if (static_cast<std::size_t>(dataset.label(index)) >= dataset.class_names.size())
            throw read_error(labels,
                             "image " + std::to_string(index) + " has label " + std::to_string(dataset.label(index)) +
                                 ", labels are 0 to " + std::to_string(dataset.class_names.size() - 1),
                             "use another copy of it, or load_idx for another data set");
    return dataset;
}

} // namespace mnist

/// Reads one split of MNIST (LeCun, Cortes and Burges, 1998), gray handwritten digits: train-images-idx3-ubyte and
/// train-labels-idx1-ubyte (60,000 images), or the two that begin with t10k (10,000), as they are or in gzip's form
/// (.gz). The images come out as (size, 28, 28, 1).
/// Throws Error, naming the file, when one is missing, damaged or holds a label above 9.
inline Dataset load_mnist(const std::filesystem::path& directory, Split split) {
    return mnist::load(directory, split, "MNIST", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

/// The same for Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): photographs of clothes; its files have the same names.
inline Dataset load_fashion_mnist(const std::filesystem::path& directory, Split split) {
    return mnist::load(
        directory, split, "Fashion-MNIST",
        {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"});
}

} // namespace TINYRES_ARCH
} // namespace tinyres
