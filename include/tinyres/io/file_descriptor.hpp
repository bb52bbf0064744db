#pragma once

#include "tinyres/core/config.hpp"

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The owner of a POSIX file descriptor: closes it at the end of its life.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~FileDescriptor() { close(); }

    /// The descriptor, negative when none is owned.
    int get() const { return descriptor_; }

    /// Waits until all that was written is on the disk. Returns 0 or the `errno` of the attempt; 0 too on file systems
    /// that have no such operation, for files or for directories.
    int sync() const {
        int error = 0;
        do error = ::fsync(descriptor_) == 0 ? 0 : errno;
        while (error == EINTR);
        const bool unsupported = error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ENOTSUP;
        return unsupported ? 0 : error;
    }

    /// Closes now. Returns 0 or the `errno` of the close; the descriptor is given up in either case.
    int close() {
        const int descriptor = std::exchange(descriptor_, -1);
        return descriptor < 0 || ::close(descriptor) == 0 ? 0 : errno;
    }

private:
    int descriptor_ = -1;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
