#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/file_descriptor.hpp"
#include "tinyres/io/file_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A regular file that is read from its beginning, with errors that say what to do. POSIX.
class InputFile {
public:
    /// Throws Error when `path` is missing, a directory, no regular file, or may not be read.
    explicit InputFile(std::filesystem::path path)
        : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        struct stat status {};
        if (file_.get() < 0 || ::fstat(file_.get(), &status) != 0) fail(errno);
        if (S_ISDIR(status.st_mode)) fail(EISDIR);
        if (!S_ISREG(status.st_mode)) throw read_error(path_, "not a regular file", "copy it into a regular file");
        size_ = static_cast<std::uint64_t>(status.st_size);
    }

    const std::filesystem::path& path() const { return path_; }

    const FileDescriptor& descriptor() const { return file_; }

    /// The file's size in bytes when it was opened.
    std::uint64_t size() const { return size_; }

    /// Fills `bytes` with what comes next. Throws Error when the file ends before.
    void read(std::span<std::byte> bytes) {
        constexpr std::size_t largest_read = std::size_t{1} << 30;
        while (!bytes.empty()) {
            const ::ssize_t count = ::read(file_.get(), bytes.data(), (std::min)(bytes.size(), largest_read));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail(errno);
            if (count == 0) throw read_error(path_, "the file is cut short", "use another copy of it");
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
    }

    /// Goes on reading at byte `place` of the file.
    void seek(std::uint64_t place) {
        if (::lseek(file_.get(), static_cast<::off_t>(place), SEEK_SET) < 0) fail(errno);
    }

    /// Fills `bytes`, at most the file's size, with its last ones; what `read` gives next stays.
    void read_last(std::span<std::byte> bytes) const {
        for (std::uint64_t place = size_ - bytes.size(); !bytes.empty();) {
            const ::ssize_t count = ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<::off_t>(place));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail(errno);
            if (count == 0) throw read_error(path_, "the file is cut short", "use another copy of it");
            place += static_cast<std::uint64_t>(count);
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
    }

private:
    [[noreturn]] void fail(int error) const { throw read_error(path_, system_reason(error), read_remedy(error)); }

    std::filesystem::path path_;
    FileDescriptor file_;
    std::uint64_t size_ = 0;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
