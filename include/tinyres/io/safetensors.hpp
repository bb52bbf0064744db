#pragma once

// Needs nlohmann-json.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/io/atomic_file.hpp"
#include "tinyres/io/checksum.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/input_file.hpp"
#include "tinyres/io/other_weights.hpp"
#include "tinyres/io/safetensors_header.hpp"
#include "tinyres/io/tensor_view.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The file format of https://github.com/huggingface/safetensors: the header's size (8 bytes, little-endian), a JSON
/// header, the tensors' bytes. Files written here carry a checksum: their header begins with `safetensors_signature`,
/// 16 hexadecimal digits follow, and these are the FNV-1a 64 hash of the whole file with '0' in the digits' place.
namespace tinyres {
inline namespace TINYRES_ARCH {

/// The metadata entry that holds "fnv1a64:" and the 16 digits.
inline constexpr std::string_view safetensors_checksum_key = "tinyres.checksum";
/// How a file with a checksum begins, up to its digits.
inline constexpr std::string_view safetensors_signature = R"({"__metadata__":{"tinyres.checksum":"fnv1a64:)";

/// The largest header that is read or written, as in the format's own implementation.
inline constexpr std::uint64_t safetensors_header_limit = 100'000'000;

namespace detail {

using SizePrefix = std::array<std::byte, sizeof(std::uint64_t)>;

/// The first 8 bytes of a file with a header of `size` bytes.
constexpr SizePrefix size_prefix(std::uint64_t size) {
    return std::bit_cast<SizePrefix>(size);
}

/// The hash of a file up to its data; the digits in `header` are '0'.
inline Fnv1a64 hash_up_to_data(std::string_view header) {
    Fnv1a64 hash;
    hash.update(size_prefix(header.size()));
    hash.update(header);
    return hash;
}

/// `text` as a JSON string. Throws nlohmann's type_error when it is not UTF-8.
inline std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump();
}

/// The header's text, padded with spaces so that the data starts at a multiple of 64 bytes; the digits are '0'.
/// `tensors` are laid out one after the other.
inline std::string build_safetensors_header(std::span<const TensorView* const> tensors,
                                            const std::map<std::string, std::string>& metadata) {
    std::string header{safetensors_signature};
    header += "0000000000000000\"";
    for (const auto& [key, value] : metadata) header += ',' + json_string(key) + ':' + json_string(value);
    header += '}';
    std::size_t offset = 0;
    for (const TensorView* tensor : tensors) {
        header += ',' + json_string(tensor->name) + R"(:{"dtype":")" + std::string{dtype_name(tensor->dtype)} +
                  R"(","shape":[)";
        for (std::size_t i = 0; i < tensor->shape.size(); ++i) {
            if (i > 0) header += ',';
            header += std::to_string(tensor->shape[i]);
        }
        header += R"(],"data_offsets":[)" + std::to_string(offset) + ',';
        offset += tensor->data.size();
        header += std::to_string(offset) + "]}";
    }
    header += '}';
    constexpr std::size_t alignment = 64;
    header.append((alignment - (sizeof(std::uint64_t) + header.size()) % alignment) % alignment, ' ');
    return header;
}

/// Throws Error for names and sizes that no file can hold.
inline void check_writable(const std::filesystem::path& path, std::span<const TensorView> tensors,
                           const std::map<std::string, std::string>& metadata) {
    std::set<std::string_view> names{"__metadata__"};
    for (const TensorView& tensor : tensors) {
        if (!names.insert(tensor.name).second)
            throw write_error(path, "the tensor name " + quoted_name(tensor.name) + " is taken",
                              "give each its own name");
        if (tensor_bytes(tensor.dtype, tensor.shape) != tensor.data.size())
            throw write_error(path,
                              "tensor " + quoted_name(tensor.name) + " has " + std::to_string(tensor.data.size()) +
                                  " bytes, which its shape does not ask for",
                              "give shape and data that fit");
    }
    if (metadata.contains(std::string{safetensors_checksum_key}))
        throw write_error(path, "the metadata has an entry " + quoted_name(safetensors_checksum_key), "leave it out");
}

} // namespace detail

/// Writes tensors and metadata as one safetensors file with a checksum; the file `path` is replaced when all is on the
/// disk, as AtomicFile does it. In the file, tensors with larger elements come first, so each is aligned to its element
/// size; the order is that of `tensors` otherwise. Throws Error when a name is there twice or is not UTF-8, when data
/// and shape do not fit, when the metadata holds `safetensors_checksum_key`, and when the file cannot be written.
inline void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                              const std::map<std::string, std::string>& metadata = {}) {
    detail::check_writable(path, tensors, metadata);
    std::vector<const TensorView*> ordered;
    for (const TensorView& tensor : tensors) ordered.push_back(&tensor);
    std::ranges::stable_sort(ordered, std::ranges::greater{},
                             [](const TensorView* tensor) { return dtype_bits(tensor->dtype); });
    std::string header;
    try {
        header = detail::build_safetensors_header(ordered, metadata);
    } catch (const nlohmann::json::type_error&) {
        throw write_error(path, "a tensor name or metadata entry is not UTF-8", "use UTF-8 text");
    }
    if (header.size() > safetensors_header_limit)
        throw write_error(path, "the names and metadata exceed 100 MB", "store less metadata");

    Fnv1a64 hash = detail::hash_up_to_data(header);
    for (const TensorView* tensor : ordered) hash.update(tensor->data);
    header.replace(safetensors_signature.size(), 16, to_hex(hash.value()));

    AtomicFile file{path};
    file.write(detail::size_prefix(header.size()));
    file.write(header);
    for (const TensorView* tensor : ordered) file.write(tensor->data);
    file.commit();
}

/// A safetensors file in memory: the tensors' bytes and what is known about them. Views stay valid when it is moved.
class Safetensors {
public:
    /// Reads all of a file and checks it strictly. Throws Error (one line: file, problem, remedy) when it cannot be
    /// read, breaks the format in any way or does not have its checksum. Files of other programs have none and are
    /// accepted as they are: whoever needs certainty asks `has_checksum`.
    static Safetensors read(const std::filesystem::path& path) {
        InputFile file{path};
        try {
            return Safetensors{file};
        } catch (const std::bad_alloc&) {
            throw read_error(path, "there is not enough memory for it", "free some memory or use a smaller file");
        }
    }

    /// Where the tensors came from.
    const std::filesystem::path& path() const { return path_; }

    /// All tensors, in the order of the header.
    std::span<const TensorView> tensors() const { return tensors_; }

    /// The names of all tensors, in the order of the header.
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const TensorView& tensor : tensors_) names.push_back(tensor.name);
        return names;
    }

    /// Whether there is a tensor `name`.
    bool contains(std::string_view name) const { return index_.find(name) != index_.end(); }

    /// The tensor `name`; its data lives as long as this object. Throws Error naming file and tensor if there is none.
    const TensorView& tensor(std::string_view name) const {
        const auto found = index_.find(name);
        if (found == index_.end())
            throw read_error(path_, "it has no tensor " + quoted_name(name), "use a file that holds this tensor");
        return tensors_[found->second];
    }

    /// The file's metadata without the checksum.
    const std::map<std::string, std::string>& metadata() const { return metadata_; }

    /// Whether the file had a checksum (which then was right). Any file of write_safetensors has one.
    bool has_checksum() const { return has_checksum_; }

private:
    explicit Safetensors(InputFile& file) : path_(file.path()) {
        std::string text = read_header_text(file);
        const std::uint64_t data_size = file.size() - sizeof(std::uint64_t) - text.size();
        SafetensorsHeader header;
        try {
            header = parse_safetensors_header(text);
            check_safetensors_layout(header, data_size);
        } catch (const Error& error) {
            throw damaged(error.what());
        }
        const auto size = static_cast<std::size_t>(data_size);
        data_ = std::make_unique_for_overwrite<std::byte[]>(size);
        const std::span data{data_.get(), size};
        file.read(data);

        metadata_ = std::move(header.metadata);
        verify_checksum(std::move(text), data);
        for (SafetensorsEntry& entry : header.tensors) {
            index_.emplace(entry.name, tensors_.size());
            tensors_.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape),
                                data.subspan(static_cast<std::size_t>(entry.begin),
                                             static_cast<std::size_t>(entry.end - entry.begin))});
        }
    }

    std::string read_header_text(InputFile& file) const {
        detail::SizePrefix prefix{};
        if (file.size() == 0) throw damaged("the file is empty");
        if (file.size() < prefix.size()) throw damaged("the file is cut short in its first 8 bytes");
        file.read(prefix);
        const auto size = std::bit_cast<std::uint64_t>(prefix);
        if (size > file.size() - prefix.size()) throw_other_weights(file, prefix); // no size, but a signature
        if (size > safetensors_header_limit)
            throw damaged("a header of " + std::to_string(size) + " bytes is above the limit of 100 MB");
        if (size > file.size() - prefix.size()) throw damaged("the file ends before its header does");
        std::string text(static_cast<std::size_t>(size), ' ');
        file.read(std::as_writable_bytes(std::span{text}));
        return text;
    }

    /// Throws Error when the file, of which `prefix` has been read, is known to have another format.
    static void throw_other_weights(InputFile& file, const detail::SizePrefix& prefix) {
        std::vector<std::byte> head(
            static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), detail::other_weights_head)));
        std::ranges::copy(prefix, head.begin());
        file.read(std::span{head}.subspan(prefix.size()));
        if (const auto error = detail::other_weights_error(file.path(), head)) throw *error;
    }

    /// The entry is known by its key or its value, so damage to one of them does not make the file look like one
    /// without checksum.
    void verify_checksum(std::string header, std::span<const std::byte> data) {
        constexpr std::string_view scheme = "fnv1a64:";
        const auto entry = std::ranges::find_if(metadata_, [&](const auto& item) {
            return item.first == safetensors_checksum_key ||
                   (item.second.starts_with(scheme) && item.second.size() == scheme.size() + 16);
        });
        if (entry == metadata_.end()) return;
        if (!header.starts_with(safetensors_signature) || header.size() < safetensors_signature.size() + 16)
            throw wrong_checksum();
        const std::string stored = header.substr(safetensors_signature.size(), 16);
        header.replace(safetensors_signature.size(), 16, 16, '0');
        Fnv1a64 hash = detail::hash_up_to_data(header);
        hash.update(data);
        if (stored != to_hex(hash.value())) throw wrong_checksum();
        metadata_.erase(std::string{safetensors_checksum_key});
        has_checksum_ = true;
    }

    Error damaged(std::string_view problem) const {
        return read_error(path_, problem, "the file is damaged or not a safetensors file, use another copy");
    }

    Error wrong_checksum() const {
        return read_error(path_, "damaged, its checksum does not match",
                          "use another copy, or leave out the metadata entry tinyres.checksum if another program wrote "
                          "this file anew");
    }

    std::filesystem::path path_;
    std::unique_ptr<std::byte[]> data_;
    std::vector<TensorView> tensors_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::map<std::string, std::string> metadata_;
    bool has_checksum_ = false;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
