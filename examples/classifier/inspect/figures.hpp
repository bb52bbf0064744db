#pragma once

#include "findings.hpp"

#include <string>

namespace example::inspection {

/// How many pictures the classes have, as SVG: lying bars with names, or thin columns when there are many classes.
std::string class_figure(const Survey& survey);

/// Widths and heights, as SVG: a dot for each size, larger where many pictures have it.
std::string size_figure(const Survey& survey);

} // namespace example::inspection
