#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres_test {

/// A message of protobuf's wire format, taken apart by the format's description.
class ProtobufMessage {
public:
    explicit ProtobufMessage(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::uint64_t key = take_varint(bytes);
            Field field{.number = static_cast<int>(key >> 3), .integer = 0, .bytes = {}};
            switch (key & 7) {
            case 0:
                field.integer = static_cast<std::int64_t>(take_varint(bytes));
                break;
            case 2:
                field.bytes = take(bytes, take_varint(bytes));
                break;
            case 5:
                field.bytes = take(bytes, 4);
                break;
            default:
                throw std::runtime_error("a wire type that ONNX does not have");
            }
            fields_.push_back(field);
        }
    }

    std::vector<std::int64_t> integers(int number) const {
        std::vector<std::int64_t> found;
        for (const Field& field : fields_)
            if (field.number == number) found.push_back(field.integer);
        return found;
    }
    std::vector<std::string> texts(int number) const {
        std::vector<std::string> found;
        for (const Field& field : fields_)
            if (field.number == number) found.emplace_back(field.bytes);
        return found;
    }
    std::vector<ProtobufMessage> messages(int number) const {
        std::vector<ProtobufMessage> found;
        for (const Field& field : fields_)
            if (field.number == number) found.emplace_back(field.bytes);
        return found;
    }
    std::string text(int number) const { return texts(number).at(0); }
    std::int64_t integer(int number) const { return integers(number).at(0); }
    ProtobufMessage message(int number) const { return messages(number).at(0); }

    /// The bytes of a field as numbers.
    template <class Number>
    std::vector<Number> numbers(int number) const {
        const std::string bytes = text(number);
        std::vector<Number> values(bytes.size() / sizeof(Number));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }

private:
    struct Field {
        int number;
        std::int64_t integer;
        std::string_view bytes;
    };

    static std::string_view take(std::string_view& bytes, std::uint64_t size) {
        const std::string_view taken = bytes.substr(0, size);
        if (taken.size() < size) throw std::runtime_error("the message ends within a field");
        bytes.remove_prefix(size);
        return taken;
    }
    static std::uint64_t take_varint(std::string_view& bytes) {
        std::uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(bytes, 1)[0]);
            value |= std::uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80) return value;
        }
    }

    std::vector<Field> fields_;
};

} // namespace tinyres_test
