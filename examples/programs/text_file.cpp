#include "text_file.hpp"

#include <span>
#include <tinyres/io/input_file.hpp>

namespace example {

std::optional<std::string> text_of(const std::filesystem::path& path) {
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) return std::nullopt;
    tinyres::InputFile file{path};
    std::string text(static_cast<std::size_t>(file.size()), '\0');
    file.read(std::as_writable_bytes(std::span{text}));
    return text;
}

} // namespace example
