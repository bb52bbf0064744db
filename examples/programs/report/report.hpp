#pragma once

#include "pictures.hpp"
#include "predictions.hpp"
#include "run_record.hpp"

#include <optional>

namespace example {

/// What a report needs the images for.
struct ImageFindings {
    Predictions predictions;
    std::vector<AugmentedImage> augmented;
    std::vector<Mistake> mistakes;
};

/// Writes the report of a run to its folder: report.html, which needs no other file, and its pieces as files of their
/// own in plots/. Without `images` (`why_none` says why) it lacks what they are needed for. Each file appears whole or
/// not at all. Throws Error when one cannot be written; the report of before is then still there.
void write_report(const std::filesystem::path& folder, const RunRecord& run, const std::optional<ImageFindings>& images,
                  const std::string& why_none = "");

} // namespace example
