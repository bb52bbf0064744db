#pragma once

#include <string>
#include <tinyres/optim/lr_finder.hpp>
#include <vector>

namespace example {

/// The curve of a range test as an SVG picture: loss over learning rate (logarithmic), with the suggestion marked if
/// there is one. It takes the colours of a light or a dark page.
std::string curve_svg(const std::vector<tinyres::LrFinderPoint>& curve, const tinyres::LrSuggestion* suggestion,
                      bool synthetic);

} // namespace example
