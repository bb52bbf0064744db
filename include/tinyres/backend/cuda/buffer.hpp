#pragma once

#include "tinyres/backend/cuda/check.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// An array in the GPU's memory, aligned to 256 bytes and zero at first. Its elements can be used by kernels only.
/// Move-only.
template <class T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Buffer() = default;

    /// Throws Error when there is not so much memory left; `remedy` is the end of its line.
    explicit Buffer(std::size_t size, const char* remedy = "use a smaller batch or a smaller network") : size_(size) {
        if (size == 0) return;
        const std::size_t bytes = size * sizeof(T);
        void* memory = nullptr;
        const cudaError_t status = cudaMalloc(&memory, bytes);
        if (status == cudaErrorMemoryAllocation) {
            static_cast<void>(cudaGetLastError());
            std::size_t left = 0;
            std::size_t all = 0;
            check(cudaMemGetInfo(&left, &all), "asking how much memory is left");
            throw Error("the GPU has no " + mebibytes(bytes) + " MiB of memory left in one piece: " + mebibytes(left) +
                        " of its " + mebibytes(all) + " MiB are free; " + remedy);
        }
        check(status, "allocating " + std::to_string(bytes) + " bytes");
        data_.reset(static_cast<T*>(memory));
        check(cudaMemset(memory, 0, bytes), "clearing memory");
        // It belongs to the default stream, for which the backend's own does not wait.
        check(cudaStreamSynchronize(nullptr), "clearing memory");
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::span<T> span() { return {data_.get(), size_}; }
    std::span<const T> span() const { return {data_.get(), size_}; }

private:
    /// Rounded up.
    static std::string mebibytes(std::size_t bytes) { return std::to_string((bytes + 0xfffff) >> 20); }

    struct Free {
        void operator()(T* memory) const { static_cast<void>(cudaFree(memory)); }
    };
    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
