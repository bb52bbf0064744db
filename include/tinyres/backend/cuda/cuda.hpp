#pragma once

#include "tinyres/backend/cuda/device_buffer.hpp"
#include "tinyres/core/bfloat16.hpp"
#include "tinyres/core/layer.hpp"
#include "tinyres/plan/fuse.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tinyres::inline TINYRES_ARCH {

/// An NVIDIA GPU with compute capability 8.0 or newer. `T` is the precision: float, whose convolutions round what they
/// multiply to TF32, or bfloat16 for mixed precision, in which images and what convolutions multiply are bfloat16;
/// parameters, statistics, vectors and all sums stay float. A handle: copies share the stream, on which all work runs
/// in order.
template <class T = float>
class Cuda {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, bfloat16>,
                  "tinyres: Cuda computes in float or bfloat16; for double use Reference<double>");

public:
    static constexpr bool on_host = false;
    using Scalar = float;
    using Storage = T;
    template <class U>
    using Buffer = DeviceBuffer<U>;

    /// The device with this number, from 0. Throws Error when there is no driver, no such device, or when it is older
    /// than what the program was compiled for.
    explicit Cuda(int device = 0) {
        int count = 0;
        const cudaError_t status = cudaGetDeviceCount(&count);
        if (status == cudaErrorInsufficientDriver || status == cudaErrorNoDevice) {
            static_cast<void>(cudaGetLastError());
            throw Error(
                status == cudaErrorNoDevice
                    ? "CUDA: this machine has no NVIDIA GPU; use the backend Cpu"
                    : "CUDA: NVIDIA's driver is missing, or older than this program's CUDA; install a newer one");
        }
        check_cuda(status, "looking for GPUs");
        if (device < 0 || device >= count)
            throw Error("CUDA: there is no device " + std::to_string(device) + ", this machine has " +
                        std::to_string(count) + "; devices count from 0");
        check_cuda(cudaSetDevice(device), "choosing device " + std::to_string(device));
        int major = 0;
        check_cuda(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "asking the device");
        if (major < 8)
            throw Error("CUDA: device " + std::to_string(device) + " has compute capability " + std::to_string(major) +
                        ".x; tinyres needs 8.0 (Ampere) or newer");
        cudaStream_t stream = nullptr;
        check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
        shared_ = std::make_shared<Shared>(stream);
    }

    cudaStream_t stream() const { return shared_->stream; }

    /// Blocks share out the work themselves; the plan's memory a thread is memory once.
    static constexpr int threads() { return 1; }

    static constexpr int fusable(std::span<const Kind> layers) { return convolution_and_normalisation_chains(layers); }

    template <class U>
    DeviceBuffer<U> allocate(std::size_t size) const {
        return DeviceBuffer<U>(size);
    }

    /// Copies, converted to `U`; returns when it is done.
    template <class U>
    void upload(std::span<const float> from, U* to) const {
        if constexpr (std::is_same_v<U, float>) {
            copy(to, from.data(), from.size_bytes(), cudaMemcpyHostToDevice);
        } else {
            std::vector<U> converted(from.size());
            std::transform(from.begin(), from.end(), converted.begin(), [](float x) { return static_cast<U>(x); });
            copy(to, converted.data(), converted.size() * sizeof(U), cudaMemcpyHostToDevice);
        }
    }
    void download(const float* from, std::span<float> to) const {
        copy(to.data(), from, to.size_bytes(), cudaMemcpyDeviceToHost);
    }

    /// Copies `bytes` in the stream's order and waits for it.
    void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) const {
        check_cuda(cudaMemcpyAsync(to, from, bytes, kind, stream()), "copying between GPU and computer");
        check_cuda(cudaStreamSynchronize(stream()), "the GPU's work");
    }

    /// Working memory of a loss, on the GPU and here. It is the caller's alone as long as this lives.
    struct Scratch {
        std::unique_lock<std::mutex> alone;
        std::byte* device;
        std::byte* host;
    };
    /// It is kept from call to call and made anew when more is wanted.
    Scratch scratch(std::size_t device_bytes, std::size_t host_bytes) const {
        std::unique_lock alone(shared_->in_use);
        DeviceBuffer<std::byte>& device = shared_->device_scratch;
        if (device.size() < device_bytes) device = {}; // free the old one before the new one is made
        if (device.size() < device_bytes) device = DeviceBuffer<std::byte>(device_bytes);
        if (shared_->host_scratch.size() < host_bytes) shared_->host_scratch.resize(host_bytes);
        return {std::move(alone), device.data(), shared_->host_scratch.data()};
    }

private:
    /// What copies of a handle have in common.
    struct Shared {
        explicit Shared(cudaStream_t new_stream) : stream(new_stream) {}
        Shared(const Shared&) = delete;
        Shared& operator=(const Shared&) = delete;
        ~Shared() { static_cast<void>(cudaStreamDestroy(stream)); }

        cudaStream_t stream;
        std::mutex in_use; ///< of the scratch: several threads may predict with one handle
        DeviceBuffer<std::byte> device_scratch;
        std::vector<std::byte> host_scratch;
    };

    std::shared_ptr<Shared> shared_;
};

} // namespace tinyres::inline TINYRES_ARCH
