#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/dataset.hpp"

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

/// The binary files of CIFAR-10 and CIFAR-100 (Krizhevsky, 2009): records of a few label bytes and an image's red,
/// green and blue planes.
namespace cifar {

inline constexpr int side = 32;
inline constexpr int channels = 3;
inline constexpr std::size_t image_bytes = std::size_t{side} * side * channels;

/// A file of a data set and the images that it holds.
struct File {
    std::string name;
    std::size_t records;
};

/// What sets the data sets' files apart.
struct Format {
    std::string name;    ///< the data set's
    std::string archive; ///< that the files come in
    std::string folder;  ///< that the archive unpacks to
    std::vector<File> training_files;
    std::vector<File> test_files;
    std::string class_names_file;
    std::size_t classes;
    std::size_t label_bytes; ///< before the image of a record
    std::size_t label;       ///< the one of them that counts

    std::size_t record_bytes() const { return label_bytes + image_bytes; }
};

/// Throws Error unless `file` is a regular file that exists.
inline void require_regular_file(const Format& format, const std::filesystem::path& file) {
    std::error_code failure;
    const std::filesystem::file_status status = std::filesystem::status(file, failure);
    if (status.type() == std::filesystem::file_type::not_found)
        throw Error(format.name + ": '" + file.string() + "' is missing; name the directory that the binary version (" +
                    format.archive + ") unpacks to");
    if (failure)
        throw Error(format.name + ": cannot reach '" + file.string() + "': " + failure.message() +
                    "; give yourself access to it and to the directories above it");
    if (std::filesystem::is_directory(status))
        throw Error(format.name + ": '" + file.string() + "' is a directory; put the file of that name in its place");
    if (!std::filesystem::is_regular_file(status))
        throw Error(format.name + ": '" + file.string() +
                    "' is not a regular file; put the file of that name in its place");
}

/// Opens a file that exists; throws Error when it may not be read.
inline std::ifstream open(const Format& format, const std::filesystem::path& file) {
    require_regular_file(format, file);
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw Error(format.name + ": cannot open '" + file.string() + "': " + std::generic_category().message(errno) +
                    "; give yourself permission to read it");
    return stream;
}

/// Where the files are: `directory` itself or the folder in it that the official archive unpacks to.
inline std::filesystem::path locate(const Format& format, const std::filesystem::path& directory) {
    const std::string remedy = "; name the directory that holds " + format.training_files.front().name + " and " +
                               format.test_files.front().name;
    std::error_code failure;
    const std::filesystem::file_status status = std::filesystem::status(directory, failure);
    if (status.type() == std::filesystem::file_type::not_found)
        throw Error(format.name + ": there is no directory '" + directory.string() + "'" + remedy);
    if (failure)
        throw Error(format.name + ": cannot reach '" + directory.string() + "': " + failure.message() +
                    "; give yourself access to it and to the directories above it");
    if (!std::filesystem::is_directory(status))
        throw Error(format.name + ": '" + directory.string() + "' is not a directory" + remedy);
    const std::filesystem::path unpacked = directory / format.folder;
    return std::filesystem::is_directory(unpacked, failure) ? unpacked : directory;
}

/// Appends `count` records that come out of `file` to `dataset`.
inline void append_records(const Format& format, std::istream& stream, std::size_t count,
                           const std::filesystem::path& file, Dataset& dataset) {
    constexpr std::size_t plane = std::size_t{side} * side;
    std::size_t next = dataset.images.size();
    dataset.images.resize(next + count * image_bytes);
    std::vector<std::uint8_t> record(format.record_bytes());
    const std::uint8_t* const planes = record.data() + format.label_bytes;
    for (std::size_t number = 0; number < count; ++number) {
        stream.read(reinterpret_cast<char*>(record.data()), static_cast<std::streamsize>(record.size()));
        if (!stream)
            throw Error(format.name + ": reading '" + file.string() + "' failed at record " + std::to_string(number) +
                        "; check the disk and unpack the archive again");
        const std::uint8_t label = record[format.label];
        if (label >= format.classes)
            throw Error(format.name + ": '" + file.string() + "' has label " + std::to_string(label) + " in record " +
                        std::to_string(number) + " (counted from 0), labels are 0 to " +
                        std::to_string(format.classes - 1) + "; the file is damaged, unpack the archive again");
        dataset.labels.push_back(label);
        for (std::size_t pixel = 0; pixel < plane; ++pixel)
            for (std::size_t channel = 0; channel < channels; ++channel)
                dataset.images[next++] = planes[channel * plane + pixel];
    }
}

/// Appends all records of `file`, which lies in `root`, to `dataset`.
inline void append_file(const Format& format, const std::filesystem::path& root, const File& file, Dataset& dataset) {
    const std::filesystem::path path = root / file.name;
    std::ifstream stream = open(format, path);
    const std::uintmax_t expected = file.records * format.record_bytes();
    const std::uintmax_t bytes = std::filesystem::file_size(path);
    if (bytes != expected)
        throw Error(format.name + ": '" + path.string() + "' " +
                    (bytes == 0         ? "is empty"
                     : bytes < expected ? "is cut short (" + std::to_string(bytes) + " bytes)"
                                        : "is too long (" + std::to_string(bytes) + " bytes)") +
                    ", it must have " + std::to_string(expected) +
                    " bytes; unpack the archive of the binary version (" + format.archive + ") again");
    append_records(format, stream, file.records, path, dataset);
}

/// The class names, one a line, that come out of `file`.
inline std::vector<std::string> read_class_names(const Format& format, std::istream& stream,
                                                 const std::filesystem::path& file) {
    std::vector<std::string> names;
    for (std::string line; names.size() <= format.classes && std::getline(stream, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) names.push_back(line);
    }
    if (names.size() != format.classes)
        throw Error(format.name + ": '" + file.string() + "' must hold " + std::to_string(format.classes) +
                    " class names, one a line, but holds " +
                    (names.size() > format.classes ? "more" : std::to_string(names.size())) +
                    "; unpack the archive of the binary version (" + format.archive + ") again");
    return names;
}

/// One split of the data set whose files lie in `directory` or in the archive's folder there.
inline Dataset load(const Format& format, const std::filesystem::path& directory, Split split) {
    const std::filesystem::path root = locate(format, directory);
    const std::filesystem::path names = root / format.class_names_file;
    std::ifstream stream = open(format, names);
    Dataset dataset{.name = format.name,
                    .height = side,
                    .width = side,
                    .channels = channels,
                    .images = {},
                    .labels = {},
                    .class_names = read_class_names(format, stream, names)};
    const std::vector<File>& files = split == Split::test ? format.test_files : format.training_files;
    std::size_t records = 0;
    for (const File& file : files) records += file.records;
    dataset.labels.reserve(records);
    dataset.images.reserve(records * image_bytes);
    for (const File& file : files) append_file(format, root, file, dataset);
    return dataset;
}

} // namespace cifar
} // namespace TINYRES_ARCH
} // namespace tinyres
