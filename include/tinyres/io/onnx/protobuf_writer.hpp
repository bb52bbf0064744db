#pragma once

#include "tinyres/core/config.hpp"

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Builds one message of the protobuf wire format (https://protobuf.dev/programming-guides/encoding): fields one after
/// the other, each a key (number and wire type) and a value. A field that is added again is a repeated one.
class ProtobufWriter {
public:
    /// An integer, enumeration or bool; negative ones take ten bytes, as the format has it.
    void add(int field, std::int64_t value) {
        add_key(field, 0);
        add_varint(static_cast<std::uint64_t>(value));
    }

    /// A float.
    void add(int field, float value) {
        add_key(field, 5);
        const auto bits = std::bit_cast<std::uint32_t>(value);
        for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(bits >> shift & 0xFFu);
    }

    /// A string or bytes.
    void add(int field, std::string_view text) {
        add_key(field, 2);
        add_varint(text.size());
        bytes_ += text;
    }

    /// A message within this one.
    void add(int field, const ProtobufWriter& message) { add(field, std::string_view{message.bytes_}); }

    /// Bytes.
    void add(int field, std::span<const std::byte> bytes) {
        add(field, std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }

    /// The message.
    const std::string& bytes() const { return bytes_; }

private:
    void add_key(int field, unsigned wire_type) { add_varint(static_cast<std::uint64_t>(field) << 3 | wire_type); }

    void add_varint(std::uint64_t value) { // seven bits a byte, the lowest first
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
        bytes_ += static_cast<char>(value);
    }

    std::string bytes_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
