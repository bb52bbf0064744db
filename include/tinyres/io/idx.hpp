#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/gzip.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How load_idx takes the images.
struct IdxOptions {
    /// The images lie column by column, as EMNIST's do: rows and columns are exchanged. (The labels of EMNIST's letters
    /// are 1 to 26.)
    bool transposed = false;
};

namespace detail {

/// The content of an IDX file of bytes.
struct IdxArray {
    std::vector<std::size_t> shape;
    std::vector<std::uint8_t> bytes;
};

/// What an IDX file calls its numbers.
inline std::string idx_type_name(std::size_t type) {
    switch (type) {
    case 0x09:
        return "signed bytes";
    case 0x0B:
        return "16-bit integers";
    case 0x0C:
        return "32-bit integers";
    case 0x0D:
        return "floats";
    case 0x0E:
        return "doubles";
    default:
        return "of the unknown type " + std::to_string(type);
    }
}

/// The array in `file`, which came out of `path`; `what` ("images") has `dimensions`.
inline IdxArray parse_idx(std::vector<std::uint8_t> file, const std::filesystem::path& path, const std::string& what,
                          std::size_t dimensions) {
    constexpr std::size_t bytes_type = 0x08;
    const ByteReader reader{std::as_bytes(std::span(file)), true};
    const std::string again = "use another copy of it";
    if (file.size() < 4) throw read_error(path, "the file is cut short", again);
    if (*reader.number(0, 2) != 0)
        throw read_error(path, "it is no IDX file: it begins with byte " + std::to_string(file[0]) + ", not with 0",
                         "name one, as it is or in gzip's form");
    if (file[2] != bytes_type)
        throw read_error(path, "its numbers are " + idx_type_name(file[2]), "only unsigned bytes can be read");
    if (file[3] != dimensions)
        throw read_error(path,
                         "its data has " + std::to_string(file[3]) + " dimensions, but " + what + " have " +
                             std::to_string(dimensions),
                         "give the file of the images first and that of the labels second");
    const std::size_t header = 4 + 4 * dimensions;
    IdxArray array;
    std::uint64_t expected = header;
    std::uint64_t count = 1;
    for (std::size_t i = 0; i < dimensions; ++i) {
        const auto size = reader.number(4 + 4 * i, 4);
        if (!size) throw read_error(path, "the file is cut short", again);
        array.shape.push_back(*size);
        if (*size != 0 && count > (std::numeric_limits<std::uint32_t>::max)()) // so the next product fits
            throw read_error(path, "its header asks for more bytes than there are", again);
        count *= *size;
    }
    expected += count;
    if (file.size() != expected)
        throw read_error(path,
                         "its header asks for " + std::to_string(expected) + " bytes, but there are " +
                             std::to_string(file.size()),
                         again);
    file.erase(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(header));
    array.bytes = std::move(file);
    return array;
}

/// Exchanges rows and columns of images of (height, width) bytes.
inline void transpose_images(std::span<std::uint8_t> images, std::size_t height, std::size_t width) {
    std::vector<std::uint8_t> image(height * width);
    for (; !images.empty(); images = images.subspan(image.size())) {
        for (std::size_t y = 0; y < height; ++y)
            for (std::size_t x = 0; x < width; ++x) image[x * height + y] = images[y * width + x];
        std::copy(image.begin(), image.end(), images.begin());
    }
}

} // namespace detail

/// Gray images and their labels from two IDX files, the format of MNIST (http://yann.lecun.com/exdb/mnist): bytes of
/// (size, height, width) and of (size), behind a header of big-endian sizes. Either file may be in gzip's form. The
/// images come out as (size, height, width, 1); there are no class names.
/// Throws Error, naming the file, when one cannot be read, is damaged, holds something else, or the two differ in the
/// number of images.
inline Dataset load_idx(const std::filesystem::path& images_file, const std::filesystem::path& labels_file,
                        const IdxOptions& options = {}) {
    constexpr std::size_t largest = (std::numeric_limits<int>::max)();
    detail::IdxArray images = detail::parse_idx(detail::read_unpacked(images_file), images_file, "images", 3);
    const detail::IdxArray labels = detail::parse_idx(detail::read_unpacked(labels_file), labels_file, "labels", 1);
    const std::size_t size = images.shape[0], height = images.shape[1], width = images.shape[2];
    if (size == 0 || height == 0 || width == 0 || size > largest || height > largest || width > largest)
        throw read_error(images_file,
                         "its images are " + std::to_string(size) + " of " + std::to_string(height) + " x " +
                             std::to_string(width) + " pixels",
                         "use another copy of it");
    if (labels.shape[0] != size)
        throw read_error(labels_file,
                         "it has " + std::to_string(labels.shape[0]) + " labels, but " + images_file.string() +
                             " has " + std::to_string(size) + " images",
                         "use the image file and the label file of one data set");
    if (options.transposed) detail::transpose_images(images.bytes, height, width);
    return {.name = images_file.filename().string(),
            .height = static_cast<int>(options.transposed ? width : height),
            .width = static_cast<int>(options.transposed ? height : width),
            .channels = 1,
            .images = std::move(images.bytes),
            .labels = {labels.bytes.begin(), labels.bytes.end()},
            .class_names = {}};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
