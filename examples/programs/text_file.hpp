#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace example {

/// What is in a file; nothing when there is none. Throws Error when it cannot be read.
std::optional<std::string> text_of(const std::filesystem::path& path);

} // namespace example
