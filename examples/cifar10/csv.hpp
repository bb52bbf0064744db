#pragma once

#include <string>
#include <vector>

namespace example {

/// The numbers of a CSV file's text whose first line is `header`: a row for each line after it, a number for each of
/// the header's columns. Throws Error, naming `file` and the line, when it holds anything else.
std::vector<std::vector<double>> numbers_of_csv(const std::string& text, const std::string& header,
                                                const std::string& file);

} // namespace example
