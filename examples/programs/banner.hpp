#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace example {

/// What a run says about itself before it begins: names and values, in the order in which they are shown.
using Banner = std::vector<std::pair<std::string, std::string>>;

/// Prints the banner and where the results go.
void print_banner(const Banner& banner, const std::filesystem::path& out);

} // namespace example
