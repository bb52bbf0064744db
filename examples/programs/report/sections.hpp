#pragma once

#include "report.hpp"

#include <string>
#include <vector>

namespace example {

/// A part of the page.
struct Section {
    std::string id;
    std::string title;
    std::string body; ///< HTML
};

/// Whether pictures with a row for each class are too large to stand beside another.
bool has_many_classes(const Predictions& predictions);

// What the sections of a report hold, and the tiles at its top.
std::string tiles(const RunRecord& run);
Section recipe_section(const RunRecord& run);
Section learning_rate_section(const RunRecord& run);
Section range_test_section(const RunRecord& run);
Section training_section(const RunRecord& run);
Section confusion_section(const RunRecord& run, const Predictions& predictions);
Section classes_section(const RunRecord& run, const Predictions& predictions);
Section augmentation_section(const RunRecord& run, const std::vector<AugmentedImage>& images);
Section mistakes_section(const RunRecord& run, const ImageFindings& images);
Section speed_section(const RunRecord& run);

} // namespace example
