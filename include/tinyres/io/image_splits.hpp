#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/core/for_each_index.hpp"
#include "tinyres/io/check_image_file.hpp"
#include "tinyres/io/image_files.hpp"
#include "tinyres/random/philox.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// The pictures of `files` for which `wanted` is true, in their order.
inline ImageFiles selected(const ImageFiles& files, const std::vector<bool>& wanted) {
    ImageFiles part{.name = files.name, .root = files.root, .class_names = files.class_names};
    for (std::size_t i = 0; i < files.files.size(); ++i)
        if (wanted[i]) {
            part.files.push_back(files.files[i]);
            part.labels.push_back(files.labels[i]);
        }
    return part;
}

/// Takes what cannot be read out of `files`; returns it in the order of the files.
inline std::vector<UnreadableFile> take_unreadable(ImageFiles& files, const ImageFilesOptions& options) {
    std::vector<std::string> problems(files.files.size());
    for_each_index(problems.size(), options.threads, [&](std::size_t i) {
        try {
            check_image_file(files.path(static_cast<int>(i)), options.check, options.image);
        } catch (const Error& error) {
            problems[i] = error.what();
        }
    });
    std::vector<UnreadableFile> unreadable;
    std::vector<bool> readable(problems.size(), true);
    for (std::size_t i = 0; i < problems.size(); ++i)
        if (!problems[i].empty()) {
            readable[i] = false;
            unreadable.push_back({files.path(static_cast<int>(i)), std::move(problems[i])});
        }
    if (!unreadable.empty()) files = selected(files, readable);
    return unreadable;
}

/// The number of pictures of each class.
inline std::vector<int> class_sizes(const ImageFiles& files) {
    std::vector<int> sizes(files.class_names.size());
    for (const std::int32_t label : files.labels) ++sizes[static_cast<std::size_t>(label)];
    return sizes;
}

/// Which pictures go to the validation set: of each class the fraction, rounded, but at least one and not all. `seed`,
/// the class and its number of pictures determine which of its pictures.
inline std::vector<bool> validation_part(const ImageFiles& files, const ImageFilesOptions& options) {
    std::vector<std::vector<std::size_t>> classes(files.class_names.size());
    for (std::size_t i = 0; i < files.labels.size(); ++i)
        classes[static_cast<std::size_t>(files.labels[i])].push_back(i);
    std::vector<bool> part(files.files.size());
    for (std::size_t label = 0; label < classes.size(); ++label) {
        std::vector<std::size_t>& left = classes[label];
        if (left.size() < 2) continue;
        const long wanted = std::lround(options.validation_fraction * static_cast<double>(left.size()));
        const long count = std::clamp(wanted, 1L, static_cast<long>(left.size()) - 1);
        RandomStream random{
            {.seed = options.seed, .purpose = Purpose::split, .minor = static_cast<std::uint32_t>(label)}};
        for (long drawn = 0; drawn < count; ++drawn) { // Fisher and Yates, as far as needed
            std::swap(left.back(), left[static_cast<std::size_t>(random.below(static_cast<int>(left.size())))]);
            part[left.back()] = true;
            left.pop_back();
        }
    }
    return part;
}

/// What a source of files says besides.
struct SplitRules {
    bool validation_given = false; ///< no validation set is to be split off
    bool empty_classes = false;    ///< a class without pictures is worth a warning, not an error
};

/// Looks at all files of `splits`, leaves out or refuses those that cannot be read, refuses classes without pictures,
/// and splits a validation set off `train` where none is given.
inline ImageSplits finished_splits(ImageSplits splits, const std::filesystem::path& source,
                                   const ImageFilesOptions& options, SplitRules rules) {
    for (ImageFiles* const files : {&splits.train, &splits.validation, &splits.test}) {
        std::vector<UnreadableFile> unreadable = take_unreadable(*files, options);
        std::ranges::move(unreadable, std::back_inserter(splits.unreadable));
    }
    if (options.unreadable == OnUnreadable::strict && !splits.unreadable.empty())
        throw unreadable_files_error(source, splits.train.root, splits.unreadable);

    const std::vector<int> sizes = class_sizes(splits.train);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] > 0) continue;
        const std::string problem = "class " + quoted_name(splits.train.class_names[i]) + " has no pictures" +
                                    (rules.validation_given ? " to train on" : "") +
                                    (splits.unreadable.empty() ? "" : " that can be read");
        if (!rules.empty_classes) throw read_error(source, problem, "add some or remove the class");
        splits.warnings.push_back(problem);
    }
    if (splits.train.size() == 0) throw read_error(source, "there are no pictures to train on", "add some");
    for (const auto& [files, set] : {std::pair{&splits.validation, "validation"}, {&splits.test, "test"}}) {
        const std::vector<int> others = class_sizes(*files);
        for (std::size_t i = 0; files->size() > 0 && i < others.size(); ++i)
            if (others[i] == 0)
                splits.warnings.push_back("class " + quoted_name(files->class_names[i]) + " has no pictures in the " +
                                          set + " set");
    }
    if (rules.validation_given || options.validation_fraction == 0.0) return splits;

    for (std::size_t i = 0; i < sizes.size(); ++i)
        if (sizes[i] == 1)
            splits.warnings.push_back("class " + quoted_name(splits.train.class_names[i]) +
                                      " has a single picture, which is learned from: the validation set has none");
    std::vector<bool> part = validation_part(splits.train, options);
    splits.validation = selected(splits.train, part);
    part.flip();
    splits.train = selected(splits.train, part);
    return splits;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
