#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/image.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Pictures in files and their classes. Only names are held, about 70 bytes a picture: DecodedImages decodes a file
/// when it is asked for, `pack_images` writes all of them as one file.
struct ImageFiles {
    std::string name{};
    std::filesystem::path root{};       ///< stands in front of `files`
    std::vector<std::string> files{};   ///< (size), relative to `root` unless absolute
    std::vector<std::int32_t> labels{}; ///< (size), each an index into class_names
    std::vector<std::string> class_names{};

    /// The number of pictures.
    int size() const { return static_cast<int>(files.size()); }

    /// The file of picture `index`; index in [0, size()).
    std::filesystem::path path(int index) const { return root / files[static_cast<std::size_t>(index)]; }
};

/// A file that is not a picture or cannot be read.
struct UnreadableFile {
    std::filesystem::path path;
    std::string problem; ///< the error's line, which names the file
};

/// What becomes of files that cannot be read: `strict` throws one Error that lists them, `skip` leaves them out and
/// reports them.
enum class OnUnreadable { strict, skip };

/// How files are looked at when they are listed: `header` reads some kilobytes at both ends of a PNG or JPEG, which
/// tells other kinds of files, sizes above the limit and files that are cut short; `decode` decodes every picture.
enum class ImageCheck { header, decode };

/// How picture files are listed.
struct ImageFilesOptions {
    OnUnreadable unreadable = OnUnreadable::strict;
    ImageCheck check = ImageCheck::header;
    double validation_fraction = 0.2; ///< of each class, where no validation set is given; from 0 to below 1
    std::uint64_t seed = 0;           ///< of which pictures those are
    int threads = 1;                  ///< that look at files; the result does not depend on it
    bool classes_by_case = false; ///< take "Cat" and "cat" for two classes; else they are refused, as one misspelled
    ImageOptions image{.jpeg = fastest_jpeg_decoder}; ///< how they become pictures, above all the limit on their pixels
};

/// Picture files to train on and to test on, with the same class names; sets that there are none of are empty.
struct ImageSplits {
    ImageFiles train{};
    ImageFiles validation{};
    ImageFiles test{};
    std::vector<UnreadableFile> unreadable{};     ///< left out by OnUnreadable::skip
    std::vector<std::filesystem::path> ignored{}; ///< hidden files and what lies beside the classes' folders
    std::vector<std::string> warnings{};          ///< what is allowed and probably not meant; a line each
};

namespace detail {

/// An Error's line without the file's name and the remedy, for lists.
inline std::string problem_alone(const UnreadableFile& file) {
    const std::string begin = one_line("cannot read " + file.path.string() + ": ");
    std::string problem = file.problem.starts_with(begin) ? file.problem.substr(begin.size()) : file.problem;
    return problem.substr(0, problem.rfind("; "));
}

/// One line for all of them: the first 20 by name, and how many there are.
inline Error unreadable_files_error(const std::filesystem::path& source, const std::filesystem::path& root,
                                    const std::vector<UnreadableFile>& files) {
    constexpr std::size_t shown = 20;
    std::string list;
    for (std::size_t i = 0; i < (std::min)(shown, files.size()); ++i)
        list += (i == 0 ? "" : ", ") + quoted_name(files[i].path.lexically_proximate(root).string()) + " (" +
                problem_alone(files[i]) + ')';
    if (files.size() > shown) list += " and " + std::to_string(files.size() - shown) + " more";
    const std::string count = files.size() == 1 ? "1 file" : std::to_string(files.size()) + " files";
    return read_error(source, count + " cannot be read as pictures: " + list,
                      "remove or replace them, or leave them out with OnUnreadable::skip");
}

/// Throws Error, naming `source`, when two class names are alike but for the case of letters from A to Z.
inline void require_other_than_case(const std::filesystem::path& source, const std::vector<std::string>& names) {
    std::map<std::string, std::string> seen;
    for (const std::string& name : names) {
        std::string lower = name;
        for (char& c : lower)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const auto [other, is_new] = seen.emplace(lower, name);
        if (!is_new)
            throw read_error(source,
                             "the classes " + quoted_name(other->second) + " and " + quoted_name(name) +
                                 " differ in case only",
                             "rename one, or say that they are two by classes_by_case");
    }
}

inline void check_image_files_options(const ImageFilesOptions& options) {
    if (!(options.validation_fraction >= 0.0 && options.validation_fraction < 1.0))
        throw Error("image files: the validation fraction is " + std::to_string(options.validation_fraction) +
                    "; give one from 0 to below 1");
    if (options.threads < 1)
        throw Error("image files: the number of threads is " + std::to_string(options.threads) + "; give 1 or more");
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
