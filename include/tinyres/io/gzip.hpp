#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/crc32.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/inflate.hpp"
#include "tinyres/io/input_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

inline bool is_gzip(std::span<const std::byte> bytes) {
    return begins_with(bytes, "\x1F\x8B");
}

/// Where the packed data of a gzip file (RFC 1952) begins, or nothing when its header is damaged or cut short.
inline std::optional<std::size_t> gzip_data(std::span<const std::byte> file) {
    constexpr std::size_t deflate = 8;
    constexpr std::size_t has_checksum = 2, has_extra = 4, has_name = 8, has_comment = 16, reserved = 224;
    const ByteReader reader{file, false};
    const std::optional<std::size_t> flags = reader.number(3, 1);
    if (reader.number(2, 1) != deflate || !flags || (*flags & reserved) != 0) return std::nullopt;
    std::size_t place = 10;
    if ((*flags & has_extra) != 0) {
        const std::optional<std::size_t> size = reader.number(place, 2);
        if (!size) return std::nullopt;
        place += 2 + *size;
    }
    for (const std::size_t text : {has_name, has_comment}) {
        if ((*flags & text) == 0) continue;
        const auto rest = file.subspan((std::min)(place, file.size()));
        place += static_cast<std::size_t>(std::ranges::find(rest, std::byte{}) - rest.begin()) + 1;
    }
    if ((*flags & has_checksum) != 0) place += 2;
    return place <= file.size() ? std::optional{place} : std::nullopt;
}

/// Unpacks a gzip file that came out of `path`. Its checksum and its size must be right. Throws Error when it is
/// damaged, cut short, above 2 GB or made of several gzip files.
inline std::vector<std::uint8_t> gunzip(std::span<const std::byte> file, const std::filesystem::path& path) {
    constexpr std::size_t trailer = 8;
    const auto damaged = [&](std::string_view problem) {
        return read_error(path, problem, "download it again, or unpack it with gunzip");
    };
    const std::optional<std::size_t> begin = gzip_data(file);
    if (!begin || file.size() - *begin < trailer) throw damaged("its gzip header is damaged or cut short");
    const ByteReader reader{file, false};
    const std::size_t end = file.size() - trailer;
    const std::size_t checksum = *reader.number(end, 4);
    const std::size_t size = *reader.number(end + 4, 4);
    if (file.size() > inflate_limit || size > inflate_limit)
        throw read_error(path, "gzip files above 2 GB cannot be read", "unpack it with gunzip");
    std::optional<std::vector<std::uint8_t>> unpacked = inflate(file.subspan(*begin), size);
    if (!unpacked) throw damaged("its gzip data is damaged or cut short");
    if (crc32(std::as_bytes(std::span(*unpacked))) != checksum) throw damaged("its gzip checksum is wrong");
    return std::move(*unpacked);
}

/// All bytes of a file, unpacked if it is a gzip file, whatever its name. Throws Error when it cannot be read.
inline std::vector<std::uint8_t> read_unpacked(const std::filesystem::path& path) {
    InputFile file{path};
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(file.size()));
    file.read(std::as_writable_bytes(std::span(bytes)));
    if (const auto content = std::as_bytes(std::span(bytes)); is_gzip(content)) return gunzip(content, path);
    return bytes;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
