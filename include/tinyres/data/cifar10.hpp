#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <string>
#include <system_error>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace cifar10 {

inline constexpr int classes = 10;
/// What batches.meta.txt calls them, for a program that has a trained network but no data.
inline constexpr std::array<const char*, classes> class_names{"airplane", "automobile", "bird",  "cat",  "deer",
                                                              "dog",      "frog",       "horse", "ship", "truck"};
inline constexpr int side = 32;
inline constexpr int channels = 3;
inline constexpr std::size_t records_per_file = 10'000;
inline constexpr std::size_t image_bytes = std::size_t{side} * side * channels;
inline constexpr std::size_t record_bytes = 1 + image_bytes;
inline constexpr std::uintmax_t file_bytes = records_per_file * record_bytes;

/// Throws Error unless `file` is a regular file that exists.
inline void require_regular_file(const std::filesystem::path& file) {
    std::error_code failure;
    const std::filesystem::file_status status = std::filesystem::status(file, failure);
    if (status.type() == std::filesystem::file_type::not_found)
        throw Error("CIFAR-10: '" + file.string() +
                    "' is missing; name the directory that the binary version (cifar-10-binary.tar.gz) unpacks to");
    if (failure)
        throw Error("CIFAR-10: cannot reach '" + file.string() + "': " + failure.message() +
                    "; give yourself access to it and to the directories above it");
    if (std::filesystem::is_directory(status))
        throw Error("CIFAR-10: '" + file.string() + "' is a directory; put the file of that name in its place");
    if (!std::filesystem::is_regular_file(status))
        throw Error("CIFAR-10: '" + file.string() + "' is not a regular file; put the file of that name in its place");
}

/// Opens a file that exists; throws Error when it may not be read.
inline std::ifstream open(const std::filesystem::path& file) {
    require_regular_file(file);
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw Error("CIFAR-10: cannot open '" + file.string() + "': " + std::generic_category().message(errno) +
                    "; give yourself permission to read it");
    return stream;
}

/// Where the files are: `directory` itself or the folder in it that the official archive unpacks to.
inline std::filesystem::path locate(const std::filesystem::path& directory) {
    const std::string remedy = "; name the directory that holds data_batch_1.bin and test_batch.bin";
    std::error_code failure;
    const std::filesystem::file_status status = std::filesystem::status(directory, failure);
    if (status.type() == std::filesystem::file_type::not_found)
        throw Error("CIFAR-10: there is no directory '" + directory.string() + "'" + remedy);
    if (failure)
        throw Error("CIFAR-10: cannot reach '" + directory.string() + "': " + failure.message() +
                    "; give yourself access to it and to the directories above it");
    if (!std::filesystem::is_directory(status))
        throw Error("CIFAR-10: '" + directory.string() + "' is not a directory" + remedy);
    const std::filesystem::path unpacked = directory / "cifar-10-batches-bin";
    return std::filesystem::is_directory(unpacked, failure) ? unpacked : directory;
}

/// Appends `count` records (a label byte, then the red, green and blue planes) that come out of `file` to `dataset`.
inline void append_records(std::istream& stream, std::size_t count, const std::filesystem::path& file,
                           Dataset& dataset) {
    constexpr std::size_t plane = std::size_t{side} * side;
    std::size_t next = dataset.images.size();
    dataset.images.resize(next + count * image_bytes);
    std::vector<std::uint8_t> record(record_bytes);
    for (std::size_t number = 0; number < count; ++number) {
        stream.read(reinterpret_cast<char*>(record.data()), static_cast<std::streamsize>(record_bytes));
        if (!stream)
            throw Error("CIFAR-10: reading '" + file.string() + "' failed at record " + std::to_string(number) +
                        "; check the disk and unpack the archive again");
        if (record[0] >= classes)
            throw Error("CIFAR-10: '" + file.string() + "' has label " + std::to_string(record[0]) + " in record " +
                        std::to_string(number) +
                        " (counted from 0), labels are 0 to 9; the file is damaged, unpack the archive again");
        dataset.labels.push_back(record[0]);
        for (std::size_t pixel = 0; pixel < plane; ++pixel)
            for (std::size_t channel = 0; channel < channels; ++channel)
                dataset.images[next++] = record[1 + channel * plane + pixel];
    }
}

/// Appends one file's 10,000 records to `dataset`.
inline void append_file(const std::filesystem::path& file, Dataset& dataset) {
    std::ifstream stream = open(file);
    const std::uintmax_t bytes = std::filesystem::file_size(file);
    if (bytes != file_bytes)
        throw Error("CIFAR-10: '" + file.string() + "' " +
                    (bytes == 0           ? "is empty"
                     : bytes < file_bytes ? "is cut short (" + std::to_string(bytes) + " bytes)"
                                          : "is too long (" + std::to_string(bytes) + " bytes)") +
                    ", it must have " + std::to_string(file_bytes) +
                    " bytes; unpack the archive of the binary version (cifar-10-binary.tar.gz) again");
    append_records(stream, records_per_file, file, dataset);
}

/// The ten names of batches.meta.txt, one a line, that come out of `file`.
inline std::vector<std::string> read_class_names(std::istream& stream, const std::filesystem::path& file) {
    std::vector<std::string> names;
    for (std::string line; names.size() <= classes && std::getline(stream, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) names.push_back(line);
    }
    if (names.size() != classes)
        throw Error("CIFAR-10: '" + file.string() + "' must hold 10 class names, one a line, but holds " +
                    (names.size() > classes ? "more" : std::to_string(names.size())) +
                    "; unpack the archive of the binary version (cifar-10-binary.tar.gz) again");
    return names;
}

inline std::vector<std::string> read_class_names(const std::filesystem::path& file) {
    std::ifstream stream = open(file);
    return read_class_names(stream, file);
}

} // namespace cifar10

/// Reads one split of CIFAR-10 (Krizhevsky, 2009) in its official binary layout: data_batch_1.bin to data_batch_5.bin
/// (50,000 training images) or test_batch.bin (10,000), and batches.meta.txt. `directory` holds these files or the
/// folder `cifar-10-batches-bin` that does. The images come out as (size, 32, 32, 3).
/// Throws Error, naming the file, when one is missing, unreadable, of another size than the official one or holds a
/// label above 9.
inline Dataset load_cifar10(const std::filesystem::path& directory, Split split) {
    const std::filesystem::path root = cifar10::locate(directory);
    Dataset dataset{.name = "CIFAR-10",
                    .height = cifar10::side,
                    .width = cifar10::side,
                    .channels = cifar10::channels,
                    .images = {},
                    .labels = {},
                    .class_names = cifar10::read_class_names(root / "batches.meta.txt")};
    const std::vector<std::string> files =
        split == Split::test ? std::vector<std::string>{"test_batch.bin"}
                             : std::vector<std::string>{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                                        "data_batch_4.bin", "data_batch_5.bin"};
    dataset.labels.reserve(files.size() * cifar10::records_per_file);
    dataset.images.reserve(files.size() * cifar10::records_per_file * cifar10::image_bytes);
    for (const std::string& file : files) cifar10::append_file(root / file, dataset);
    return dataset;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
