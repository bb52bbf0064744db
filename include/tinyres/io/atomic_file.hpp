#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/file_descriptor.hpp"
#include "tinyres/io/file_error.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A file that appears whole or not at all: whoever opens `path` sees the old content or the new, never a part. What is
/// written goes to a hidden temporary file in the same directory; `commit` syncs it to the disk, renames it to `path`
/// and syncs the directory (where the file system can). Without `commit` the temporary file is removed and `path` stays
/// as it was. POSIX.
///
/// A symbolic link stays, and the file that it leads to is replaced; an existing file's permission bits are kept. Every
/// failure throws Error (one line: file, the system's reason, remedy), after which the temporary file is gone and the
/// object cannot be committed. Only a process killed in the middle leaves its temporary file (".NAME.PID-N.tmp").
class AtomicFile {
public:
    /// Makes the temporary file. Throws Error when the directory is missing or not writable, or when `path` is there
    /// and is write-protected or no regular file.
    explicit AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
        const std::filesystem::path target = without_link();
        name_ = target.filename().string();
        if (name_.empty()) throw write_error(path_, "the path names no file", "add the file's name");
        const std::filesystem::path directory = target.has_parent_path() ? target.parent_path() : ".";
        directory_ = FileDescriptor{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (directory_.get() < 0) fail(errno);
        make_temporary();
    }

    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile() { discard(); }

    /// Appends bytes; they are not kept, so large data is written piece by piece without a copy.
    void write(std::span<const std::byte> bytes) {
        constexpr std::size_t largest_write = std::size_t{1} << 30;
        while (!bytes.empty()) {
            const ::ssize_t count = ::write(file_.get(), bytes.data(), (std::min)(bytes.size(), largest_write));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail(errno);
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
    }

    /// Appends text.
    void write(std::string_view text) { write(std::as_bytes(std::span{text})); }

    /// Puts the new content in the place of the old, for good. To be called once, after the last `write`.
    void commit() {
        if (const int error = file_.sync(); error != 0) fail(error);
        if (const int error = file_.close(); error != 0) fail(error);
        if (::renameat(directory_.get(), temporary_.c_str(), directory_.get(), name_.c_str()) != 0) fail(errno);
        temporary_.clear();
        if (const int error = directory_.sync(); error != 0)
            throw write_error(path_,
                              "the new file is in place, but the last sync failed (" + system_reason(error) + ")",
                              "check the disk and write the file again");
    }

private:
    std::filesystem::path without_link() const {
        std::error_code error;
        if (!std::filesystem::is_symlink(path_, error)) return path_;
        std::filesystem::path target = std::filesystem::canonical(path_, error);
        if (error)
            throw write_error(path_, "a symbolic link whose target does not exist",
                              "remove the link or choose another place");
        return target;
    }

    void make_temporary() {
        static std::atomic<unsigned> number{0};
        struct stat old {};
        const bool exists = ::fstatat(directory_.get(), name_.c_str(), &old, 0) == 0;
        if (exists && S_ISDIR(old.st_mode)) fail(EISDIR);
        if (exists && !S_ISREG(old.st_mode))
            throw write_error(path_, "something that is not a regular file has this name", "choose another name");
        if (exists && ::faccessat(directory_.get(), name_.c_str(), W_OK, AT_EACCESS) != 0) fail(errno);

        const ::mode_t mode = exists ? old.st_mode & 0777u : 0666u;
        do {
            temporary_ =
                '.' + name_.substr(0, 200) + '.' + std::to_string(::getpid()) + '-' + std::to_string(number++) + ".tmp";
            file_ = FileDescriptor{
                ::openat(directory_.get(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
        } while (file_.get() < 0 && errno == EEXIST);
        if (file_.get() < 0) {
            temporary_.clear();
            fail(errno);
        }
        // The umask may have taken bits that the old file had; a file system without permission bits may refuse.
        if (exists) static_cast<void>(::fchmod(file_.get(), mode));
    }

    void discard() noexcept {
        file_.close();
        if (!temporary_.empty()) ::unlinkat(directory_.get(), temporary_.c_str(), 0);
        temporary_.clear();
    }

    [[noreturn]] void fail(int error) {
        discard();
        throw write_error(path_, system_reason(error), write_remedy(error));
    }

    std::filesystem::path path_;
    std::string name_;
    std::string temporary_;
    FileDescriptor directory_;
    FileDescriptor file_;
};

/// Makes `text` the whole content of the file `path`, as AtomicFile does.
inline void write_text_file_atomically(const std::filesystem::path& path, std::string_view text) {
    AtomicFile file{path};
    file.write(text);
    file.commit();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
