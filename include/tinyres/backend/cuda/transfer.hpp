#pragma once

#include "tinyres/backend/cuda/check.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Memory of the computer's that the GPU reads and writes by itself (pinned), for one copy at a time, and how far that
/// copy is. It is not freed before the copy is done.
class Transfer {
public:
    explicit Transfer(std::size_t bytes = 0) {
        cudaEvent_t event = nullptr;
        check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "making an event");
        done_.reset(event);
        reserve(bytes);
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() { static_cast<void>(cudaEventSynchronize(done_.get())); }

    /// At least `bytes` of memory; what was in it is lost. No copy may be under way.
    void reserve(std::size_t bytes) {
        if (bytes <= size_) return;
        memory_.reset();
        size_ = 0;
        void* memory = nullptr;
        check(cudaMallocHost(&memory, bytes),
              "allocating " + std::to_string(bytes) + " bytes of the computer's memory for copies to the GPU");
        memory_.reset(static_cast<std::byte*>(memory));
        size_ = bytes;
    }
    std::byte* data() { return memory_.get(); }

    /// Begins to copy `bytes` from or to this memory; the stream does it in its order.
    void begin_to_device(void* to, std::size_t bytes, cudaStream_t stream) {
        begin(to, memory_.get(), bytes, cudaMemcpyHostToDevice, stream);
    }
    void begin_from_device(const void* from, std::size_t bytes, cudaStream_t stream) {
        begin(memory_.get(), from, bytes, cudaMemcpyDeviceToHost, stream);
    }

    /// Whether no copy is under way.
    bool done() const {
        const cudaError_t status = cudaEventQuery(done_.get());
        if (status != cudaErrorNotReady) check(status, "the GPU's work");
        static_cast<void>(cudaGetLastError()); // "not ready" is no error
        return status == cudaSuccess;
    }
    /// Waits for the copy, and so for all that was in the stream before it; for nothing where it is done.
    void wait() const {
        if (!done()) check(cudaEventSynchronize(done_.get()), "the GPU's work");
    }

private:
    void begin(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
        check(cudaMemcpyAsync(to, from, bytes, kind, stream), "copying between GPU and computer");
        check(cudaEventRecord(done_.get(), stream), "marking the end of a copy");
    }

    struct Free {
        void operator()(std::byte* memory) const { static_cast<void>(cudaFreeHost(memory)); }
    };
    struct Destroy {
        void operator()(cudaEvent_t event) const { static_cast<void>(cudaEventDestroy(event)); }
    };
    std::unique_ptr<std::byte[], Free> memory_;
    std::size_t size_ = 0;
    std::unique_ptr<std::remove_pointer_t<cudaEvent_t>, Destroy> done_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
