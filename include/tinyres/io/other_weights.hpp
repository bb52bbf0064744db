#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/file_error.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// How much of a file other_weights_error looks at.
inline constexpr std::size_t other_weights_head = 512;

/// The name of the first file in a ZIP archive, or nothing when it is not one.
inline std::optional<std::string_view> first_name_in_zip(std::span<const std::byte> head) {
    if (!begins_with(head, "PK\3\4")) return std::nullopt;
    constexpr std::size_t name_place = 30;
    const std::size_t length = ByteReader{head, false}.number(26, 2).value_or(0);
    const std::string_view text{reinterpret_cast<const char*>(head.data()), head.size()};
    return text.substr((std::min)(name_place, text.size()), length);
}

/// For the beginning of a file that holds weights in another format, or stands for one: what it is, and how it becomes
/// a safetensors file. Nothing for what is not known.
inline std::optional<Error> other_weights_error(const std::filesystem::path& path, std::span<const std::byte> head) {
    const auto pytorch = [&] {
        const std::string to = std::filesystem::path{path}.replace_extension(".safetensors").filename().string();
        return read_error(path, "it is a PyTorch file (torch.save), not a safetensors file",
                          "convert it in Python: import torch, safetensors.torch; safetensors.torch.save_file("
                          "torch.load('" +
                              path.filename().string() + "', map_location='cpu', weights_only=True), '" + to + "')");
    };
    const std::optional<std::string_view> zipped = first_name_in_zip(head);
    if (zipped && zipped->ends_with("/data.pkl")) return pytorch();
    if (begins_with(head, "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19")) return pytorch(); // before 1.6
    if (zipped && zipped->ends_with(".npy"))
        return read_error(path, "it is a NumPy archive, not a safetensors file",
                          "convert it in Python: import numpy, safetensors.numpy; safetensors.numpy.save_file("
                          "dict(numpy.load('" +
                              path.filename().string() + "')), 'weights.safetensors')");
    if (begins_with(head, "version https://git-lfs.github.com/spec/"))
        return read_error(path, "it is a pointer of Git LFS, not the file itself",
                          "run 'git lfs pull' in its repository, or download the file from its web page");
    if (begins_with(head, "\x89HDF"))
        return read_error(path, "it is an HDF5 file, not a safetensors file", "save the weights as safetensors");
    if (begins_with(head, "GGUF"))
        return read_error(path, "it is a GGUF file, not a safetensors file", "save the weights as safetensors");
    if (begins_with(head, "\x80\x02") || begins_with(head, "\x80\x03") || begins_with(head, "\x80\x04\x95") ||
        begins_with(head, "\x80\x05\x95"))
        return read_error(path, "it is a Python pickle, not a safetensors file",
                          "save the weights with safetensors.torch.save_file");
    return std::nullopt;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
