#pragma once

#include "duplicates.hpp"

#include <string>
#include <vector>

namespace example::inspection {

/// The smallest, the middle and the largest of some numbers.
struct Spread {
    double smallest = 0;
    double median = 0; ///< of an even number of them the lower middle one
    double largest = 0;
};

/// What an inspection has found.
struct Findings {
    Survey survey;
    std::vector<Duplicates> duplicates;
    std::array<int, format_names.size()> formats{}; ///< how many pictures each has
    int gray = 0;
    int alpha = 0;
    Spread width, height, pixels, ratio; ///< width / height
    std::uint64_t bytes = 0;
    std::vector<std::string> warnings; ///< a line each, the most important first

    /// The files of a group of duplicates, its first `most`: "a.png, b.png and 3 more".
    std::string files_of(const Duplicates& group, std::size_t most) const;
    /// What a group of duplicates is: "the same file", "look alike", and where.
    std::string kind_of(const Duplicates& group) const;
};

Findings findings_of(Survey survey);

/// Tables for a terminal.
std::string as_text(const Findings& findings);

/// The same for programs: a JSON document.
std::string as_json(const Findings& findings);

} // namespace example::inspection
