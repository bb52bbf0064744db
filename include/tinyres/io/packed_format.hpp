#pragma once

// Needs nlohmann_json.

#include "tinyres/core/config.hpp"
#include "tinyres/io/byte_reader.hpp"
#include "tinyres/io/checksum.hpp"
#include "tinyres/io/file_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// What a file of packed images says of itself.
struct PackedHeader {
    std::string name{};
    std::uint64_t images = 0; ///< places for images; those of files that could not be read hold none
    int height = 0;
    int width = 0;
    int channels = 0;
    std::vector<std::string> class_names{};
    std::string source{}; ///< the fingerprint of what the images were made of

    std::uint64_t image_bytes() const {
        return static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width) *
               static_cast<std::uint64_t>(channels);
    }
};

// A file of packed images, numbers with the least significant byte first:
//
//     packed_signature                          24 bytes
//     the header's size and its checksum        8 bytes each
//     the header, JSON                          zeros up to a multiple of 4096
//     a record for each place: label, checksum  4 and 8 bytes; zeros up to a multiple of 4096
//     the images, (height, width, channels)     a byte a value, one after the other
//
// A place's checksum is that of its label and its image; of the label alone where there is no image (`no_image`). It
// is written after both, so what a run that was stopped has left behind shows.
inline constexpr std::string_view packed_signature = "tinyres packed images 1\n";
inline constexpr std::size_t packed_preamble = 24 + 8 + 8;
inline constexpr std::size_t packed_record = 4 + 8;
inline constexpr std::int32_t no_image = -1;

/// Where the parts of a file of packed images are.
struct PackedLayout {
    std::uint64_t records = 0;
    std::uint64_t pixels = 0;
    std::uint64_t size = 0;
};

constexpr std::uint64_t next_page(std::uint64_t place) {
    return (place + 4095) / 4096 * 4096;
}

/// The layout behind a header of `header_size` bytes; for sizes within the limits of parse_packed_header.
inline PackedLayout packed_layout(const PackedHeader& header, std::uint64_t header_size) {
    PackedLayout layout;
    layout.records = next_page(packed_preamble + header_size);
    layout.pixels = next_page(layout.records + header.images * packed_record);
    layout.size = layout.pixels + header.images * header.image_bytes();
    return layout;
}

inline void store_number(std::span<std::byte> to, std::uint64_t value) {
    for (std::byte& byte : to) {
        byte = static_cast<std::byte>(value & 0xFFu);
        value >>= 8;
    }
}

inline std::uint64_t load_number(std::span<const std::byte> from) {
    return *ByteReader{from, false}.number(0, from.size());
}

inline std::uint64_t checksum_of(std::span<const std::byte> bytes) {
    Fnv1a64 checksum;
    checksum.update(bytes);
    return checksum.value();
}

/// A place's label and checksum.
struct PackedRecord {
    std::int32_t label = 0;
    std::uint64_t checksum = 0;

    static PackedRecord of(std::int32_t label, std::span<const std::byte> image) {
        std::array<std::byte, 4> bytes{};
        store_number(bytes, static_cast<std::uint32_t>(label));
        Fnv1a64 checksum;
        checksum.update(bytes);
        checksum.update(image);
        return {label, checksum.value()};
    }

    static PackedRecord load(std::span<const std::byte> from) {
        return {static_cast<std::int32_t>(static_cast<std::uint32_t>(load_number(from.first(4)))),
                load_number(from.subspan(4, 8))};
    }

    std::array<std::byte, packed_record> bytes() const {
        std::array<std::byte, packed_record> stored{};
        store_number(std::span{stored}.first(4), static_cast<std::uint32_t>(label));
        store_number(std::span{stored}.subspan(4), checksum);
        return stored;
    }

    bool operator==(const PackedRecord&) const = default;
};

/// The bytes of a file of packed images up to its records.
inline std::vector<std::byte> packed_head(const PackedHeader& header) {
    const nlohmann::ordered_json json{{"name", header.name},         {"images", header.images},
                                      {"height", header.height},     {"width", header.width},
                                      {"channels", header.channels}, {"class_names", header.class_names},
                                      {"source", header.source}};
    // A folder's name need not be UTF-8; what JSON cannot hold of it is replaced.
    const std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    const std::span<const std::byte> content = std::as_bytes(std::span{text});
    std::vector<std::byte> head(static_cast<std::size_t>(next_page(packed_preamble + text.size())));
    const std::span<std::byte> place{head};
    std::ranges::copy(std::as_bytes(std::span{packed_signature}), head.begin());
    store_number(place.subspan(24, 8), text.size());
    store_number(place.subspan(32, 8), checksum_of(content));
    std::ranges::copy(content, head.begin() + packed_preamble);
    return head;
}

inline Error damaged_pack(const std::filesystem::path& file, std::string_view problem) {
    return read_error(file, problem, "pack the images again");
}

/// The header in the first bytes of a file, and its size. Throws Error when they are not those of packed images.
inline std::pair<PackedHeader, std::uint64_t> parse_packed_header(std::span<const std::byte> file,
                                                                  const std::filesystem::path& source) {
    constexpr std::int64_t most_images = (std::int64_t{1} << 31) - 1;
    constexpr std::int64_t largest_side = 1 << 15;
    if (!begins_with(file, packed_signature))
        throw read_error(source, "it is no file of packed images", "make one with pack_images");
    if (file.size() < packed_preamble) throw damaged_pack(source, "it is cut short");
    const std::uint64_t size = load_number(file.subspan(24, 8));
    if (size > file.size() - packed_preamble) throw damaged_pack(source, "it is cut short or damaged");
    const std::span<const std::byte> content = file.subspan(packed_preamble, static_cast<std::size_t>(size));
    if (load_number(file.subspan(32, 8)) != checksum_of(content)) throw damaged_pack(source, "its header is damaged");

    const nlohmann::json json =
        nlohmann::json::parse(reinterpret_cast<const char*>(content.data()),
                              reinterpret_cast<const char*>(content.data()) + content.size(), nullptr, false);
    PackedHeader header;
    try {
        const auto number = [&](const char* key, std::int64_t largest) {
            const std::int64_t value = json.at(key).is_number_integer() ? json.at(key).get<std::int64_t>() : 0;
            if (value < 1 || value > largest) throw damaged_pack(source, "its header is wrong");
            return value;
        };
        header.name = json.at("name").get<std::string>();
        header.images = static_cast<std::uint64_t>(number("images", most_images));
        header.height = static_cast<int>(number("height", largest_side));
        header.width = static_cast<int>(number("width", largest_side));
        header.channels = static_cast<int>(number("channels", 3));
        header.class_names = json.at("class_names").get<std::vector<std::string>>();
        header.source = json.at("source").get<std::string>();
    } catch (const nlohmann::json::exception&) {
        throw damaged_pack(source, "its header is wrong");
    }
    return {std::move(header), size};
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
