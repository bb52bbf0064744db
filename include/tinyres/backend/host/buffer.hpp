#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/plan/memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// Kernels walk through many arrays side by side; with small pages the processor would look up addresses all the time.
/// Only advice: what the system answers does not matter.
inline void ask_for_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
    static_cast<void>(::madvise(memory, bytes, MADV_HUGEPAGE));
#endif
}

/// An array in the computer's memory, aligned to 64 bytes and zero at first; a large one in huge pages where the system
/// has them. Move-only.
template <class T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Buffer() = default;

    explicit Buffer(std::size_t size) : size_(size) {
        if (size == 0) return;
        const std::size_t alignment = size * sizeof(T) < huge_page ? cache_line : huge_page;
        const std::size_t bytes = (size * sizeof(T) + alignment - 1) / alignment * alignment;
        data_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
        if (!data_)
            throw Error("cannot allocate " + std::to_string(bytes >> 20) +
                        " MiB of memory; use a smaller batch or a smaller network");
        if (alignment == huge_page) ask_for_huge_pages(data_.get(), bytes);
        std::fill_n(data_.get(), size, T{});
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::span<T> span() { return {data_.get(), size_}; }
    std::span<const T> span() const { return {data_.get(), size_}; }

private:
    static constexpr std::size_t huge_page = std::size_t{2} << 20;
    struct Free {
        void operator()(T* memory) const { std::free(memory); }
    };
    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
