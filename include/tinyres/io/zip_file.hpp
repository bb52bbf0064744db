#pragma once

// Needs stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
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
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A file of a zip archive.
struct ZipEntry {
    std::string name;
    std::size_t flags = 0;
    std::size_t method = 0;     ///< 0 stored, 8 deflated
    std::uint32_t checksum = 0; ///< CRC-32 of the unpacked bytes
    std::uint64_t packed = 0;   ///< bytes in the archive
    std::uint64_t unpacked = 0; ///< bytes that they become
    std::uint64_t place = 0;    ///< of its header in the archive
};

/// A zip archive (PKWARE's APPNOTE), also of more than 4 GB, whose files are read one by one. They are stored or
/// deflated.
class ZipFile {
public:
    /// Reads the list of the files. Throws Error, naming the archive, when it cannot be read or is none.
    explicit ZipFile(const std::filesystem::path& path) : file_(path) { read_directory(); }

    const std::vector<ZipEntry>& entries() const { return entries_; }

    /// The bytes of a file, whose size and checksum must be right. Throws Error, naming the archive, when they cannot
    /// be read.
    std::vector<std::uint8_t> read(const ZipEntry& entry) {
        constexpr std::size_t encrypted = 1, stored = 0, deflated = 8;
        const std::string name = quoted_name(entry.name);
        if ((entry.flags & encrypted) != 0) throw failure(name + " is encrypted", "save it without a password");
        if (entry.method != stored && entry.method != deflated)
            throw failure(name + " is packed by method " + std::to_string(entry.method),
                          "store or deflate it, as numpy.savez and numpy.savez_compressed do");
        if (entry.method == deflated && (std::max)(entry.packed, entry.unpacked) > detail::inflate_limit)
            throw failure(name + " is deflated and above 2 GB", "save it with numpy.savez, which does not pack");
        // The header before the bytes repeats what the list says; only the lengths of its name and its extra fields
        // count.
        const Bytes header = bytes_at(entry.place, 30);
        const detail::ByteReader reader{std::as_bytes(std::span(header)), false};
        if (reader.number(0, 4) != 0x0403'4B50u) throw damaged();
        Bytes bytes = bytes_at(entry.place + 30 + *reader.number(26, 2) + *reader.number(28, 2), entry.packed);
        if (entry.method == deflated) {
            bytes.resize(bytes.size() + detail::inflate_padding);
            std::optional<Bytes> unpacked =
                detail::inflate(std::as_bytes(std::span(bytes)), static_cast<std::size_t>(entry.unpacked));
            if (!unpacked) throw failure(name + " is damaged", remedy);
            bytes = std::move(*unpacked);
        }
        if (bytes.size() != entry.unpacked || detail::crc32(std::as_bytes(std::span(bytes))) != entry.checksum)
            throw failure(name + " is damaged: its size or checksum is wrong", remedy);
        return bytes;
    }

private:
    using Bytes = std::vector<std::uint8_t>;
    static constexpr std::string_view remedy = "use another copy of it";

    Error failure(std::string_view problem, std::string_view what_to_do) const {
        return read_error(file_.path(), problem, what_to_do);
    }
    Error damaged() const { return failure("the zip archive is damaged or cut short", remedy); }

    Bytes bytes_at(std::uint64_t place, std::uint64_t count) {
        if (place > file_.size() || count > file_.size() - place) throw damaged();
        Bytes bytes(static_cast<std::size_t>(count));
        file_.seek(place);
        file_.read(std::as_writable_bytes(std::span(bytes)));
        return bytes;
    }

    /// Finds the list by the record at the end of the archive, behind which a comment may stand.
    void read_directory() {
        constexpr std::uint64_t record = 22, longest_comment = 65'535;
        const std::uint64_t tail_size = (std::min)(file_.size(), record + longest_comment);
        const Bytes tail = bytes_at(file_.size() - tail_size, tail_size);
        const detail::ByteReader reader{std::as_bytes(std::span(tail)), false};
        for (std::size_t back = record; back <= tail.size(); ++back) {
            const std::size_t place = tail.size() - back;
            if (reader.number(place, 4) != 0x0605'4B50u || *reader.number(place + 20, 2) != back - record) continue;
            std::uint64_t size = *reader.number(place + 12, 4);
            std::uint64_t begin = *reader.number(place + 16, 4);
            if (begin == 0xFFFF'FFFFu || size == 0xFFFF'FFFFu || *reader.number(place + 10, 2) == 0xFFFFu)
                find_large_directory(file_.size() - back, begin, size);
            return read_entries(bytes_at(begin, size));
        }
        throw failure("it is no zip archive, or cut short", "name an archive such as numpy.savez writes");
    }

    /// Place and size of the list in an archive with numbers of 64 bits; `end` is the place of the record at its end.
    void find_large_directory(std::uint64_t end, std::uint64_t& begin, std::uint64_t& size) {
        constexpr std::uint64_t locator_size = 20;
        if (end < locator_size) throw damaged();
        const Bytes locator = bytes_at(end - locator_size, locator_size);
        const detail::ByteReader reader{std::as_bytes(std::span(locator)), false};
        if (reader.number(0, 4) != 0x0706'4B50u) return; // the numbers just are the largest of 32 bits
        const Bytes large = bytes_at(*reader.number(8, 8), 56);
        const detail::ByteReader large_reader{std::as_bytes(std::span(large)), false};
        if (large_reader.number(0, 4) != 0x0606'4B50u) throw damaged();
        size = *large_reader.number(40, 8);
        begin = *large_reader.number(48, 8);
    }

    void read_entries(const Bytes& list) {
        constexpr std::size_t fixed = 46;
        const detail::ByteReader reader{std::as_bytes(std::span(list)), false};
        for (std::size_t place = 0; place < list.size();) {
            if (reader.number(place, 4) != 0x0201'4B50u || list.size() - place < fixed) throw damaged();
            const std::size_t name = *reader.number(place + 28, 2);
            const std::size_t extra = *reader.number(place + 30, 2);
            const std::size_t comment = *reader.number(place + 32, 2);
            if (list.size() - place - fixed < name + extra + comment) throw damaged();
            ZipEntry entry{.name = {reinterpret_cast<const char*>(list.data()) + place + fixed, name},
                           .flags = *reader.number(place + 8, 2),
                           .method = *reader.number(place + 10, 2),
                           .checksum = static_cast<std::uint32_t>(*reader.number(place + 16, 4)),
                           .packed = *reader.number(place + 20, 4),
                           .unpacked = *reader.number(place + 24, 4),
                           .place = *reader.number(place + 42, 4)};
            widen(entry, std::as_bytes(std::span(list)).subspan(place + fixed + name, extra));
            entries_.push_back(std::move(entry));
            place += fixed + name + extra + comment;
        }
    }

    /// Numbers that are too large for 32 bits stand among the extra fields, in this order.
    static void widen(ZipEntry& entry, std::span<const std::byte> extra) {
        const detail::ByteReader reader{extra, false};
        for (std::size_t place = 0; reader.number(place, 4); place += 4 + *reader.number(place + 2, 2)) {
            if (reader.number(place, 2) != 1) continue;
            std::size_t next = place + 4;
            for (std::uint64_t* number : {&entry.unpacked, &entry.packed, &entry.place}) {
                if (*number != 0xFFFF'FFFFu) continue;
                if (const auto wide = reader.number(next, 8)) *number = *wide;
                next += 8;
            }
            return;
        }
    }

    InputFile file_;
    std::vector<ZipEntry> entries_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
