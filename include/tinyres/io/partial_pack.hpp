#pragma once

// Needs nlohmann_json.

#include "tinyres/core/config.hpp"
#include "tinyres/io/file_descriptor.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/packed_format.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// A file of packed images that is being written, beside the place where it will stand, as NAME.partial. It stays when
/// the process ends, even by kill -9, and another one with the same header goes on with it. POSIX.
class PartialPack {
public:
    /// Opens what an earlier run has left, or begins anew where there is nothing or something else. Throws Error when
    /// another process is writing it, or the disk has no room for all of it.
    PartialPack(std::filesystem::path target, const PackedHeader& header)
        : target_(std::move(target)), path_(target_.string() + ".partial"), image_bytes_(header.image_bytes()) {
        const std::vector<std::byte> head = packed_head(header);
        layout_ = packed_layout(header, load_number(std::span{head}.subspan(24, 8)));
        file_ = FileDescriptor{::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)};
        if (file_.get() < 0) fail(errno);
        if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            throw write_error(target_, "another process is packing it", "wait for that or choose another name");
        struct stat opened {};
        struct stat named {};
        if (::fstat(file_.get(), &opened) != 0 || ::stat(path_.c_str(), &named) != 0 || opened.st_ino != named.st_ino)
            throw write_error(target_, "another process has just packed it", "look at its file or pack again");
        require_space();
        if (read_at(0, head.size()) == head) return;
        if (::ftruncate(file_.get(), 0) != 0) fail(errno);
        write_at(0, head);
    }

    /// Whether place `index` holds what an earlier run has written whole.
    bool holds(std::uint64_t index, std::int32_t label) const {
        const std::vector<std::byte> stored = read_at(record_place(index), packed_record);
        if (stored.size() != packed_record) return false;
        const PackedRecord record = PackedRecord::load(stored);
        return record.label == label && record.checksum != 0 &&
               record == PackedRecord::of(label, read_at(image_place(index), static_cast<std::size_t>(image_bytes_)));
    }

    /// Writes an image and behind it its record, so that a record says that all is there. Several threads may, at
    /// different places.
    void put(std::uint64_t index, std::int32_t label, std::span<const std::byte> image) {
        write_at(image_place(index), image);
        write_at(record_place(index), PackedRecord::of(label, image).bytes());
    }

    /// Says that place `index` holds no image.
    void leave_out(std::uint64_t index) { write_at(record_place(index), PackedRecord::of(no_image, {}).bytes()); }

    /// Puts the file in its place. To be called when every place has been written.
    void commit() {
        // The last places may hold no image.
        if (::ftruncate(file_.get(), static_cast<::off_t>(layout_.size)) != 0) fail(errno);
        if (const int error = file_.sync(); error != 0) fail(error);
        if (::rename(path_.c_str(), target_.c_str()) != 0) fail(errno);
        const std::filesystem::path directory = target_.has_parent_path() ? target_.parent_path() : ".";
        const FileDescriptor parent{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (const int error = parent.get() < 0 ? errno : parent.sync(); error != 0)
            throw write_error(target_, "the file is in place, but the last sync failed (" + system_reason(error) + ")",
                              "check the disk");
    }

private:
    std::uint64_t record_place(std::uint64_t index) const { return layout_.records + index * packed_record; }
    std::uint64_t image_place(std::uint64_t index) const { return layout_.pixels + index * image_bytes_; }

    void require_space() const {
        struct stat status {};
        std::error_code unknown;
        const std::filesystem::space_info space = std::filesystem::space(path_, unknown);
        if (unknown || ::fstat(file_.get(), &status) != 0) return; // then writing tells
        const std::uint64_t held = static_cast<std::uint64_t>(status.st_blocks) * 512;
        const std::uint64_t missing = layout_.size - (std::min)(layout_.size, held);
        if (space.available < missing)
            throw write_error(target_,
                              "it needs " + std::to_string(missing >> 20) + " MB more, and the disk has " +
                                  std::to_string(space.available >> 20) + " MB left",
                              write_remedy(ENOSPC));
    }

    /// The bytes from `place` on, fewer where the file ends before.
    std::vector<std::byte> read_at(std::uint64_t place, std::size_t size) const {
        std::vector<std::byte> bytes(size);
        std::size_t done = 0;
        while (done < size) {
            const ::ssize_t count =
                ::pread(file_.get(), bytes.data() + done, size - done, static_cast<::off_t>(place + done));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) throw read_error(path_, system_reason(errno), "check the disk or remove the file");
            if (count == 0) break;
            done += static_cast<std::size_t>(count);
        }
        bytes.resize(done);
        return bytes;
    }

    void write_at(std::uint64_t place, std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const ::ssize_t count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<::off_t>(place));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail(errno);
            place += static_cast<std::uint64_t>(count);
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
    }

    [[noreturn]] void fail(int error) const {
        throw write_error(target_, system_reason(error),
                          std::string{write_remedy(error)} + "; packing again goes on where it stopped");
    }

    std::filesystem::path target_;
    std::filesystem::path path_;
    std::uint64_t image_bytes_;
    PackedLayout layout_;
    FileDescriptor file_;
};

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
