#pragma once

#include "picture_facts.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <tinyres/io/image_files.hpp>
#include <vector>

namespace example::inspection {

/// The parts that a set of pictures may have.
inline constexpr std::array<const char*, 3> split_names{"train", "validation", "test"};

/// A picture of the set.
struct SurveyedPicture {
    std::string file; ///< relative to the set's root
    std::int32_t label = 0;
    std::uint8_t split = 0; ///< an index into split_names
    PictureFacts facts;
};

/// A file that is not a picture or is damaged.
struct Unreadable {
    std::string file; ///< relative to the set's root
    std::string problem;
};

/// What is in a set of pictures.
struct Survey {
    std::string name;
    std::filesystem::path root;
    std::vector<std::string> class_names;
    std::vector<SurveyedPicture>
        pictures; ///< that can be read: train, validation, test, each in the order of its files
    std::vector<Unreadable> unreadable;
    std::vector<std::string> ignored; ///< hidden files and what lies beside the folders of classes
    std::vector<std::string> warnings;

    /// The number of pictures of each class in each split.
    std::vector<std::array<int, split_names.size()>> counts() const;
    /// Which splits there are pictures in.
    std::array<bool, split_names.size()> splits() const;
    std::filesystem::path path(std::size_t picture) const { return root / pictures[picture].file; }
};

/// Small pictures by their index in Survey::pictures, to be shown.
using SmallPictures = std::map<std::size_t, tr::Picture>;

struct SurveyOptions {
    int threads = 1;
    /// How many small pictures of each class to keep, evenly spaced among its pictures.
    std::function<int(std::size_t classes)> shown_per_class = [](std::size_t) { return 0; };
    int small_side = 96;                                                 ///< of these
    std::function<void(int done, int total)> progress = [](int, int) {}; ///< called by one thread at a time
};

/// Reads and decodes all pictures of a folder or manifest. Memory: 350 bytes a picture and its name, and the small
/// pictures. Throws Error when the set as such cannot be read.
Survey survey_of(const std::filesystem::path& data, const SurveyOptions& options, SmallPictures& shown);

} // namespace example::inspection
