#pragma once

#include "survey.hpp"

#include <vector>

namespace example::inspection {

/// Pictures that are the same, or look the same.
struct Duplicates {
    std::vector<std::size_t> pictures; ///< indices into Survey::pictures, ascending; two or more
    bool same_bytes = false;           ///< all files have the same content; else some only look alike
    bool across_splits = false;        ///< in more than one split: what is tested was learned
    bool across_classes = false;       ///< in more than one class: one of them is wrong
};

/// All groups of pictures that are the same or look alike: first those across splits, then those across classes, then
/// by their first picture. Pictures without enough in them, such as plain ones, only count if their files are the same.
std::vector<Duplicates> find_duplicates(const Survey& survey);

} // namespace example::inspection
