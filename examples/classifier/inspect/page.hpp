#pragma once

#include "findings.hpp"

#include <string>

namespace example::inspection {

/// The longer side of a thumbnail in the page, in pixels.
inline constexpr int thumbnail_side = 96;

/// The groups of duplicates that a page shows with pictures, and the pictures of each.
inline constexpr std::size_t shown_groups = 24;
inline constexpr std::size_t shown_in_group = 4;

/// How many pictures of each class a page shows, so that it stays below some megabytes.
int shown_per_class(std::size_t classes);

/// The findings and a contact sheet as one page of HTML that is XML too, needs nothing from elsewhere and no scripts.
/// `sheet` are the pictures of the contact sheet, `twins` those of the first duplicates.
std::string page_of(const Findings& findings, const SmallPictures& sheet, const SmallPictures& twins);

} // namespace example::inspection
