#pragma once

#include "files.hpp"

#include "tinyres/io/safetensors.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres_test {

inline constexpr std::array weights{0.5f, -1.25f, 3.0e-7f, 1.0f, 2.0f, -0.0f};
inline constexpr std::array<std::int64_t, 1> counter{123456789012345};
inline constexpr std::array<std::uint8_t, 3> mask{1, 0, 255};

/// Views of `weights`, `counter` and `mask`, smallest elements first.
inline std::vector<tinyres::TensorView> some_tensors() {
    return {tinyres::tensor_view("mask", {3}, mask), tinyres::tensor_view("x1.0.weight", {2, 3}, weights),
            tinyres::tensor_view("n1.num_batches_tracked", {}, counter)};
}

/// The bytes of a safetensors file with this header, which need not be right, and data.
inline std::string raw_safetensors(std::string_view header, std::string_view data = "") {
    const auto size = std::bit_cast<std::array<char, 8>>(std::uint64_t{header.size()});
    return std::string{size.data(), size.size()} + std::string{header} + std::string{data};
}

/// The message that reading `path` ends with, or "no error".
inline std::string read_error_of(const std::filesystem::path& path) {
    return error_of([&] { tinyres::Safetensors::read(path); });
}

} // namespace tinyres_test
