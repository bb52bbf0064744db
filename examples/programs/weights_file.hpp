#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace example {

/// `path` as it is seen from any directory; one that cannot be is refused where it is read.
std::string absolute_path(const std::filesystem::path& path);

/// Throws Error, naming the flag, when a checkpoint cannot hold `path`, because it is not UTF-8.
void require_storable(const std::string& flag, const std::string& path);

/// Throws Error when one of `values`, which the weights in a file hold or give, is NaN or infinite; `what` names them.
void require_finite(const std::filesystem::path& weights, const std::string& what, std::span<const float> values);

/// Throws Error, naming the flag, when a file cannot be written at `out`, or is the one with the weights.
void require_output(const std::string& flag, const std::filesystem::path& out, const std::filesystem::path& weights);

} // namespace example
