#pragma once

#include "target.hpp"

#include <cerrno>
#include <filesystem>
#include <span>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace tinyres_test {

/// A file that has a path and lies in memory, for readers that open files. Linux.
class MemoryFile {
public:
    MemoryFile() : file_(::memfd_create("tinyres-fuzz", MFD_CLOEXEC)) {
        require(file_ >= 0, "there is room for a file");
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(file_); }

    std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

    /// Makes `bytes` its whole content.
    void set(std::span<const std::byte> bytes) {
        const bool written = ::ftruncate(file_, 0) == 0 &&
                             ::pwrite(file_, bytes.data(), bytes.size(), 0) == static_cast<::ssize_t>(bytes.size());
        require(written, "there is room for the content");
    }

private:
    int file_;
};

} // namespace tinyres_test
