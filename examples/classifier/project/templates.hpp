#pragma once

#include <map>
#include <string>

namespace example::project {

/// A file of a project, with places such as @NAME@ that `filled_in` fills.
struct Template {
    const char* file;
    const char* text;
};

/// All files whose text is known up to some words.
extern const Template templates[];
extern const std::size_t template_count;

/// `text` with every @KEY@ of `values` replaced.
std::string filled_in(std::string text, const std::map<std::string, std::string>& values);

} // namespace example::project
