#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/input_file.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A file's bytes in memory as far as they are looked at: the system reads them when they are needed and forgets them
/// when memory is short. A file that is cut short meanwhile ends the process (SIGBUS); one that is replaced by another
/// stays as it was. POSIX.
class MappedFile {
public:
    /// Throws Error when the file cannot be read or is empty.
    explicit MappedFile(const std::filesystem::path& path) {
        const InputFile file{path};
        if (file.size() == 0) throw read_error(path, "the file is empty", "use another copy of it");
        const auto size = static_cast<std::size_t>(file.size());
        void* const place = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor().get(), 0);
        if (place == MAP_FAILED) throw read_error(path, system_reason(errno), read_remedy(errno));
        bytes_ = {static_cast<const std::byte*>(place), size};
    }
    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    MappedFile& operator=(MappedFile&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~MappedFile() {
        if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }

    std::span<const std::byte> bytes() const { return bytes_; }

    /// Says that parts are looked at in no order, so that the system does not read ahead from one to the next.
    void expect_random_access() const { advise(bytes_, MADV_RANDOM); }

    /// Has the system read `part` of the bytes in one go.
    void will_need(std::span<const std::byte> part) const { advise(part, MADV_WILLNEED); }

private:
    static void advise(std::span<const std::byte> part, int advice) {
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const std::size_t before = reinterpret_cast<std::uintptr_t>(part.data()) % page; // its page begins there
        // Only advice: where it is refused, pages are read one by one.
        static_cast<void>(::madvise(const_cast<std::byte*>(part.data()) - before, part.size() + before, advice));
    }

    std::span<const std::byte> bytes_{};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
