#pragma once

#include "report.hpp"

#include <string>

namespace example {

/// The report as one page of HTML that is XML too, needs nothing from elsewhere and no scripts.
std::string report_page(const RunRecord& run, const std::optional<ImageFindings>& images, const std::string& why_none);

} // namespace example
