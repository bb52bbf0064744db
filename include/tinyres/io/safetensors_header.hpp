#pragma once

// Needs nlohmann-json.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/io/dtype.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/tensor_view.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// One tensor of a safetensors header; its bytes are [begin, end) of the data that follows the header.
struct SafetensorsEntry {
    std::string name;
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// What the JSON at the head of a safetensors file says, tensors in the order of the text.
struct SafetensorsHeader {
    std::vector<SafetensorsEntry> tensors;
    std::map<std::string, std::string> metadata;
};

namespace detail {

/// The events of nlohmann's parser become a SafetensorsHeader; the first thing that the format does not allow throws
/// Error with that thing as its message. No document is built, so memory stays in proportion to the text.
class SafetensorsHeaderReader {
public:
    using Json = nlohmann::json;

    SafetensorsHeader take() { return std::move(header_); }

    bool start_object(std::size_t) {
        if (place_ == Place::outside) {
            place_ = Place::top;
        } else if (place_ == Place::top && key_ == "__metadata__") {
            place_ = Place::metadata;
        } else if (place_ == Place::top) {
            place_ = Place::tensor;
            dtype_.reset();
            shape_.reset();
            offsets_.reset();
        } else {
            refuse_value();
        }
        return true;
    }

    bool key(std::string& name) {
        if (!is_new(name)) throw Error{quoted_name(name) + " is there twice"};
        key_ = name;
        if (place_ == Place::top) tensor_ = name;
        return true;
    }

    bool end_object() {
        if (place_ == Place::tensor) finish_tensor();
        place_ = place_ == Place::top ? Place::outside : Place::top;
        return true;
    }

    bool start_array(std::size_t) {
        if (place_ == Place::tensor && key_ == "shape") {
            place_ = Place::shape;
            shape_.emplace();
        } else if (place_ == Place::tensor && key_ == "data_offsets") {
            place_ = Place::offsets;
            offsets_.emplace();
        } else {
            refuse_value();
        }
        return true;
    }

    bool end_array() {
        place_ = Place::tensor;
        return true;
    }

    bool string(std::string& text) {
        if (place_ == Place::metadata) {
            header_.metadata.emplace(key_, std::move(text));
        } else if (place_ == Place::tensor && key_ == "dtype") {
            dtype_ = dtype_from_name(text);
            if (!dtype_) throw Error{"tensor " + quoted_name(tensor_) + " has the unknown type " + quoted_name(text)};
        } else {
            refuse_value();
        }
        return true;
    }

    bool number_unsigned(Json::number_unsigned_t number) {
        if (number > static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)())) refuse_value();
        if (place_ == Place::shape) {
            shape_->push_back(static_cast<std::int64_t>(number));
        } else if (place_ == Place::offsets && offsets_->size() < 2) {
            offsets_->push_back(number);
        } else {
            refuse_value();
        }
        return true;
    }

    bool number_integer(Json::number_integer_t) { refuse_value(); }
    bool number_float(Json::number_float_t, const Json::string_t&) { refuse_value(); }
    bool null() { // no metadata, as Python's safetensors takes it
        if (place_ != Place::top || key_ != "__metadata__") refuse_value();
        return true;
    }
    bool boolean(bool) { refuse_value(); }
    bool binary(Json::binary_t&) { refuse_value(); }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
        throw Error{"the header is not JSON at its byte " + std::to_string(position)};
    }

private:
    enum class Place { outside, top, metadata, tensor, shape, offsets };

    bool is_new(const std::string& key) {
        if (place_ == Place::top) return names_.insert(key).second;
        if (place_ == Place::metadata) return !header_.metadata.contains(key);
        if (key == "dtype") return !dtype_;
        if (key == "shape") return !shape_;
        if (key == "data_offsets") return !offsets_;
        throw Error{"tensor " + quoted_name(tensor_) + " has the unknown key " + quoted_name(key)};
    }

    [[noreturn]] void refuse_value() const {
        if (place_ == Place::outside) throw Error{"the header is not a JSON object"};
        const std::string owner = place_ == Place::top ? "" : " of " + quoted_name(tensor_);
        throw Error{"the value of " + quoted_name(key_) + owner + " is not what the format allows"};
    }

    void finish_tensor() {
        if (!dtype_ || !shape_ || !offsets_ || offsets_->size() != 2)
            throw Error{"tensor " + quoted_name(tensor_) + " lacks its type, shape or two offsets"};
        header_.tensors.push_back({tensor_, *dtype_, std::move(*shape_), offsets_->front(), offsets_->back()});
    }

    SafetensorsHeader header_;
    Place place_ = Place::outside;
    std::string key_;
    std::string tensor_;
    std::set<std::string> names_;
    std::optional<DType> dtype_;
    std::optional<std::vector<std::int64_t>> shape_;
    std::optional<std::vector<std::uint64_t>> offsets_;
};

} // namespace detail

/// Reads the JSON of a safetensors header. Throws Error with the problem alone, without file and remedy, for anything
/// that the format does not allow: other JSON, unknown types, negative numbers, repeated or unknown keys.
inline SafetensorsHeader parse_safetensors_header(std::string_view text) {
    if (!text.starts_with('{')) throw Error{"the header is not a JSON object"};
    if (const std::size_t zero = text.find('\0'); zero != text.npos) // the parser would take it for the end
        throw Error{"the header is not JSON at its byte " + std::to_string(zero + 1)};
    detail::SafetensorsHeaderReader reader;
    nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
    return reader.take();
}

/// Throws Error, as parse_safetensors_header does, unless the tensors fill `data_size` bytes without overlap or hole
/// and each has the bytes that its type and shape ask for.
inline void check_safetensors_layout(const SafetensorsHeader& header, std::uint64_t data_size) {
    std::vector<const SafetensorsEntry*> entries;
    for (const SafetensorsEntry& entry : header.tensors) {
        const std::optional<std::uint64_t> bytes = tensor_bytes(entry.dtype, entry.shape);
        if (!bytes || entry.end < entry.begin || entry.end - entry.begin != *bytes)
            throw Error{"the shape of tensor " + quoted_name(entry.name) + " does not fit its offsets"};
        entries.push_back(&entry);
    }
    std::ranges::sort(entries, {}, [](const SafetensorsEntry* entry) { return std::pair{entry->begin, entry->end}; });
    std::uint64_t expected = 0;
    for (const SafetensorsEntry* entry : entries) {
        if (entry->begin != expected)
            throw Error{"tensor " + quoted_name(entry->name) +
                        (entry->begin < expected ? " overlaps another" : " comes after a hole")};
        expected = entry->end;
    }
    if (data_size != expected)
        throw Error{data_size < expected ? std::to_string(expected - data_size) + " bytes are missing at its end"
                                         : std::to_string(data_size - expected) + " bytes too many at its end"};
}

} // namespace TINYRES_ARCH
} // namespace tinyres
