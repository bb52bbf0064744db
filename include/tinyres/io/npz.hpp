#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/gzip.hpp"
#include "tinyres/io/npy.hpp"
#include "tinyres/io/npy_dataset.hpp"
#include "tinyres/io/zip_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What load_npz takes out of an archive.
struct NpzOptions {
    std::string images = "images";
    std::string labels = "labels";
    ArrayLayout layout = ArrayLayout::nhwc;
};

namespace detail {

/// The file of an archive that holds the array `name`.
inline const ZipEntry& find_array(const ZipFile& archive, const std::string& name) {
    constexpr std::string_view ending = ".npy";
    const auto& entries = archive.entries();
    const auto found = std::ranges::find(entries, name + std::string(ending), &ZipEntry::name);
    if (found != entries.end()) return *found;
    constexpr std::size_t most = 10;
    std::string names;
    for (std::size_t i = 0; i < (std::min)(entries.size(), most); ++i) {
        std::string_view other = entries[i].name;
        if (other.ends_with(ending)) other.remove_suffix(ending.size());
        names += (i > 0 ? ", " : "") + quoted_name(other);
    }
    if (entries.size() > most) names += ", ...";
    throw Error("there is no array " + quoted_name(name) +
                (entries.empty() ? ", nor any other; save some" : "; name one of " + names));
}

/// Makes the array in the bytes of an .npy file the images of `dataset`. Throws Error, naming the file.
template <class Value>
void take_images(std::vector<std::uint8_t> bytes, const std::filesystem::path& file, ArrayLayout layout,
                 BasicDataset<Value>& dataset) {
    naming_file(file, [&] { take_images(parse_npy(std::move(bytes)), layout, dataset); });
}

/// The same for the labels, of which there must be one for each image.
template <class Value>
void take_labels(std::vector<std::uint8_t> bytes, const std::filesystem::path& file, BasicDataset<Value>& dataset) {
    naming_file(file, [&] { take_labels(parse_npy(std::move(bytes)), dataset); });
}

} // namespace detail

/// Images and labels from two NumPy arrays, as numpy.save writes them, also in gzip's form.
///
/// Images are (size, height, width), which is gray, or (size, height, width, channels), or channels first by `layout`.
/// In a Dataset (the default) they are integers of any width from 0 to 255; in a FloatDataset, float32 or float64,
/// which are rounded to float and not scaled. Labels are integers of any width, (size,) or (size, 1), from 0 up. Arrays
/// in Fortran's order are put into C's. There are no class names.
///
///     const Dataset images = load_npy("images.npy", "labels.npy");
///     const auto spectra = load_npy<FloatDataset>("spectra.npy", "labels.npy", ArrayLayout::nchw);
///
/// Throws Error, naming the file, when one cannot be read, is damaged, holds numbers of another type or out of range,
/// or the two differ in the number of images.
template <class Set = Dataset>
Set load_npy(const std::filesystem::path& images_file, const std::filesystem::path& labels_file,
             ArrayLayout layout = ArrayLayout::nhwc) {
    Set dataset{.name = images_file.filename().string(), .images = {}, .labels = {}, .class_names = {}};
    detail::take_images(detail::read_unpacked(images_file), images_file, layout, dataset);
    detail::take_labels(detail::read_unpacked(labels_file), labels_file, dataset);
    return dataset;
}

/// The same from two arrays of one archive, as numpy.savez and numpy.savez_compressed write it:
///
///     const Dataset digits = load_npz("mnist.npz", {.images = "x_train", .labels = "y_train"});
///
/// Throws Error also when the archive has no array of that name; it then says which ones there are.
template <class Set = Dataset>
Set load_npz(const std::filesystem::path& file, const NpzOptions& options = {}) {
    ZipFile archive{file};
    const ZipEntry *images = nullptr, *labels = nullptr;
    naming_file(file, [&] {
        images = &detail::find_array(archive, options.images);
        labels = &detail::find_array(archive, options.labels);
    });
    Set dataset{.name = file.filename().string(), .images = {}, .labels = {}, .class_names = {}};
    detail::take_images(archive.read(*images), file / images->name, options.layout, dataset);
    detail::take_labels(archive.read(*labels), file / labels->name, dataset);
    return dataset;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
