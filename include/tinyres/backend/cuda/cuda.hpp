#pragma once

#include "tinyres/backend/cuda/buffer.hpp"
#include "tinyres/backend/cuda/fetched.hpp"
#include "tinyres/backend/cuda/stream.hpp"
#include "tinyres/backend/cuda/uploads.hpp"
#include "tinyres/core/bfloat16.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/random/philox.hpp"

#include <memory>
#include <span>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

class LossMemory;
class StepGraphs;

} // namespace cuda

/// Whether training steps are recorded and repeated as CUDA graphs, or launched kernel by kernel.
enum class Graphs { on, off };

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
    using Buffer = cuda::Buffer<U>;

    /// What this backend brings to training, beside kernels.
    using LossMemory = cuda::LossMemory;
    using Steps = cuda::StepGraphs;

    /// The device with this number, from 0; `graphs` is for finding mistakes. Throws Error when there is no driver, no
    /// such device, or when it is older than what the program was compiled for.
    explicit Cuda(int device = 0, Graphs graphs = Graphs::on) : graphs_(graphs) {
        int count = 0;
        const cudaError_t status = cudaGetDeviceCount(&count);
        if (status == cudaErrorInsufficientDriver || status == cudaErrorNoDevice) {
            static_cast<void>(cudaGetLastError());
            throw Error(
                status == cudaErrorNoDevice
                    ? "CUDA: this machine has no NVIDIA GPU; use the backend Cpu"
                    : "CUDA: NVIDIA's driver is missing, or older than this program's CUDA; install a newer one");
        }
        cuda::check(status, "looking for GPUs");
        if (device < 0 || device >= count)
            throw Error("CUDA: there is no device " + std::to_string(device) + ", this machine has " +
                        std::to_string(count) + "; devices count from 0");
        cuda::check(cudaSetDevice(device), "choosing device " + std::to_string(device));
        int major = 0;
        cuda::check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "asking the device");
        if (major < 8)
            throw Error("CUDA: device " + std::to_string(device) + " has compute capability " + std::to_string(major) +
                        ".x; tinyres needs 8.0 (Ampere) or newer");
        shared_ = std::make_shared<Shared>();
        stream_ = shared_->stream.get();
    }

    cudaStream_t stream() const { return stream_; }
    Graphs graphs() const { return graphs_; }

    /// Blocks share out the work themselves; the plan's memory a thread is memory once.
    static constexpr int threads() { return 1; }

    template <class U>
    cuda::Buffer<U> allocate(std::size_t size) const {
        return cuda::Buffer<U>(size);
    }

    /// Copies, converted to `U`, for whatever comes later in the stream; `from` may change when it returns.
    template <class From, class U>
    void upload(std::span<const From> from, U* to) const {
        shared_->uploads.send(from, to, stream_);
    }
    void download(const float* from, std::span<float> to) const {
        copy(to.data(), from, to.size_bytes(), cudaMemcpyDeviceToHost);
    }

    /// The value at `from` as it will be when the stream gets here; does not wait for that.
    template <class V>
    cuda::Fetched<V> fetch(const V* from) const {
        return {shared_->fetches, from, stream_};
    }

    /// Copies `bytes` in the stream's order and waits for it.
    void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) const {
        cuda::check(cudaMemcpyAsync(to, from, bytes, kind, stream_), "copying between GPU and computer");
        cuda::check(cudaStreamSynchronize(stream_), "the GPU's work");
    }

    /// The same GPU with another stream, in which a graph is recorded: its kernels will take the random numbers of
    /// whatever key then stands in `random`, in the GPU's memory, and not those of a key that they were launched with.
    /// The stream must outlive it.
    Cuda recording(cudaStream_t stream, const RandomKey* random) const {
        Cuda other(*this);
        other.stream_ = stream;
        other.recorded_random_ = random;
        return other;
    }
    const RandomKey* recorded_random() const { return recorded_random_; }

private:
    /// What copies of a handle have in common.
    struct Shared {
        cuda::Stream stream;
        cuda::Uploads uploads;
        std::shared_ptr<cuda::FetchPool> fetches =
            std::make_shared<cuda::FetchPool>(); // values may be read when all handles are gone
    };

    std::shared_ptr<Shared> shared_;
    cudaStream_t stream_ = nullptr;
    Graphs graphs_;
    const RandomKey* recorded_random_ = nullptr;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
