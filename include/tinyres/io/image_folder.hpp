#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/image_files.hpp"
#include "tinyres/io/image_splits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// A directory's files and folders, by name and sorted bytewise. Hidden ones, and the files that Windows and macOS
/// leave everywhere, go to `hidden`.
struct Listing {
    std::vector<std::string> files;
    std::vector<std::string> folders;
    std::vector<std::string> hidden;
};

inline Error directory_error(const std::filesystem::path& directory, int error) {
    return read_error(directory, system_reason(error),
                      error == ENOTDIR ? "name the directory that holds it" : read_remedy(error));
}

/// Throws Error when `directory` is missing, no directory, or may not be read.
inline Listing list_directory(const std::filesystem::path& directory) {
    std::error_code failure;
    Listing listing;
    std::filesystem::directory_iterator entry{directory, failure};
    for (; !failure && entry != std::filesystem::directory_iterator{}; entry.increment(failure)) {
        const std::string name = entry->path().filename().string();
        std::error_code unknown; // of a link that leads nowhere: a file that cannot be read
        const bool hidden = name.starts_with('.') || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini";
        (hidden ? listing.hidden : entry->is_directory(unknown) ? listing.folders : listing.files).push_back(name);
    }
    if (failure) throw directory_error(directory, failure.value());
    for (std::vector<std::string>* const names : {&listing.files, &listing.folders, &listing.hidden})
        std::ranges::sort(*names);
    return listing;
}

/// Reads the folders of classes; what is found besides goes to the report.
class ImageFolderReader {
public:
    ImageFolderReader(std::filesystem::path root, const ImageFilesOptions& options, ImageSplits& report)
        : root_(std::move(root)), options_(options), report_(report) {}

    /// The pictures of a split, which lie in `root / folder` ("" for the root itself) in one folder a class.
    ImageFiles read_split(const std::string& folder) {
        const std::filesystem::path directory = root_ / folder;
        const Listing listing = list_directory(directory);
        ignore(directory, listing.hidden);
        ignore(directory, listing.files);
        if (listing.folders.empty())
            throw read_error(directory, "it has no folders", "put each class's pictures into a folder of its name");
        if (!options_.classes_by_case) require_other_than_case(directory, listing.folders);
        ImageFiles split{.name = root_.filename().string(), .root = root_, .class_names = listing.folders};
        for (std::size_t i = 0; i < listing.folders.size(); ++i) {
            std::vector<std::pair<std::string, Listing>> tree;
            list_tree(folder.empty() ? listing.folders[i] : folder + '/' + listing.folders[i], {}, tree);
            // As torchvision has them: by directory, and by name in it.
            std::ranges::sort(tree, {}, [](const auto& node) -> const std::string& { return node.first; });
            for (const auto& [place, content] : tree)
                for (const std::string& name : content.files) {
                    split.files.push_back(place + '/' + name);
                    split.labels.push_back(static_cast<std::int32_t>(i));
                }
        }
        return split;
    }

    void ignore(const std::filesystem::path& directory, const std::vector<std::string>& names) {
        for (const std::string& name : names) report_.ignored.push_back(directory / name);
    }

private:
    /// Appends what is in the folder `place` and in those below it; `above` are the folders on the way.
    void list_tree(const std::string& place, std::vector<std::filesystem::path> above,
                   std::vector<std::pair<std::string, Listing>>& tree) {
        const std::filesystem::path directory = root_ / place;
        std::error_code failure;
        above.push_back(std::filesystem::canonical(directory, failure));
        if (failure) throw directory_error(directory, failure.value());
        if (std::ranges::count(above, above.back()) > 1)
            throw read_error(directory, "a link that leads back to a folder above it", "remove the link");
        Listing listing = list_directory(directory);
        ignore(directory, listing.hidden);
        for (const std::string& folder : listing.folders) list_tree(place + '/' + folder, above, tree);
        tree.emplace_back(place, std::move(listing));
    }

    std::filesystem::path root_;
    ImageFilesOptions options_;
    ImageSplits& report_;
};

/// Which of `names` is a folder of `root` that holds folders; a class may be called "train", but holds pictures.
inline std::optional<std::string> split_folder(const std::filesystem::path& root, const Listing& listing,
                                               std::initializer_list<const char*> names) {
    std::optional<std::string> found;
    for (const char* const name : names) {
        if (std::ranges::count(listing.folders, name) == 0 || list_directory(root / name).folders.empty()) continue;
        if (found) throw read_error(root, "there are both " + *found + "/ and " + name + '/', "keep one of them");
        found = name;
    }
    return found;
}

/// Gives the pictures of `files` the labels of `class_names`, in which their classes must be.
inline void relabel(ImageFiles& files, const std::vector<std::string>& class_names,
                    const std::filesystem::path& place) {
    std::vector<std::int32_t> labels;
    for (const std::string& name : files.class_names) {
        const auto found = std::ranges::find(class_names, name);
        if (found == class_names.end())
            throw read_error(place, "class " + quoted_name(name) + " is not among those that are learned from",
                             "rename its folder or remove it");
        labels.push_back(static_cast<std::int32_t>(found - class_names.begin()));
    }
    for (std::int32_t& label : files.labels) label = labels[static_cast<std::size_t>(label)];
    files.class_names = class_names;
}

} // namespace detail

/// Lists the pictures below `directory`, which holds a folder a class (the names of the folders, sorted bytewise, are
/// the class names, as in torchvision's ImageFolder), or such folders in `train/` and in any of `val/` (or `valid/`,
/// `validation/`) and `test/`. Where no validation set is given, a part of each class is split off.
///
/// Folders within a class's belong to it; links are followed. A file counts as a picture by its content and not by its
/// name. Throws Error when `directory` or a folder in it cannot be read, a class has no picture, class names differ in
/// case only, or files cannot be read as pictures, unless `options` says that they are skipped.
inline ImageSplits load_image_folder(const std::filesystem::path& directory, const ImageFilesOptions& options = {}) {
    detail::check_image_files_options(options);
    // "flowers/" and "." are named as the directory that they mean.
    std::error_code failure;
    const std::filesystem::path root = std::filesystem::canonical(directory, failure);
    if (failure) throw detail::directory_error(directory, failure.value());

    ImageSplits splits;
    detail::ImageFolderReader reader{root, options, splits};
    const detail::Listing listing = detail::list_directory(root);
    const std::optional<std::string> train = detail::split_folder(root, listing, {"train"});
    if (!train) {
        splits.train = reader.read_split("");
        return detail::finished_splits(std::move(splits), root, options, {});
    }
    const std::optional<std::string> validation = detail::split_folder(root, listing, {"val", "valid", "validation"});
    const std::optional<std::string> test = detail::split_folder(root, listing, {"test"});
    reader.ignore(root, listing.hidden);
    reader.ignore(root, listing.files);
    for (const std::string& name : listing.folders)
        if (name != train && name != validation && name != test)
            splits.warnings.push_back("the folder " + quoted_name(name) +
                                      " beside train/ is left out: it is no split with folders of classes");
    splits.train = reader.read_split(*train);
    for (const auto& [folder, files] : {std::pair{&validation, &splits.validation}, {&test, &splits.test}}) {
        if (!*folder) continue;
        *files = reader.read_split(**folder);
        detail::relabel(*files, splits.train.class_names, root / **folder);
    }
    return detail::finished_splits(std::move(splits), root, options, {.validation_given = validation.has_value()});
}

} // namespace TINYRES_ARCH
} // namespace tinyres
