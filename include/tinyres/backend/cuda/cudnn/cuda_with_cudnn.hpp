#pragma once

// Needs cuDNN 9.

#include "tinyres/backend/cuda/cuda.hpp"
#include "tinyres/backend/cuda/cudnn/convolution.hpp"
#include "tinyres/layers/convolution.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <map>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Cuda whose Conv3x3 are cuDNN's: a yardstick and a cross-check of its own. All other kernels are Cuda's, and so
/// are weights and checkpoints. As with Cuda, copies of a handle share the stream, and results repeat bit for bit.
template <class T = float>
class CudaWithCudnn : public Cuda<T> {
public:
    /// The device with this number, from 0. Throws Error as Cuda does, and when cuDNN cannot be used.
    explicit CudaWithCudnn(int device = 0, Graphs graphs = Graphs::on)
        : Cuda<T>(device, graphs), cudnn_(std::make_shared<Shared>()) {}

    /// As Cuda's.
    CudaWithCudnn recording(cudaStream_t stream, const RandomKey* random) const {
        CudaWithCudnn other(*this);
        static_cast<Cuda<T>&>(other) = Cuda<T>::recording(stream, random);
        return other;
    }

    /// Calls `use(handle, convolution)`, one thread at a time, with the convolution of this shape and a handle whose
    /// work goes to this backend's stream.
    template <class Use>
    void with_convolution(const cuda::CudnnConvolution::Shape& shape, Use use) const {
        const std::lock_guard lock(cudnn_->in_use);
        auto found = cudnn_->convolutions.find(shape);
        if (found == cudnn_->convolutions.end())
            found = cudnn_->convolutions.try_emplace(shape, cudnn_->handle, type, shape).first;
        cuda::check_cudnn(cudnnSetStream(cudnn_->handle, this->stream()), "cudnnSetStream");
        use(static_cast<cudnnHandle_t>(cudnn_->handle), std::as_const(found->second));
    }

private:
    static constexpr cudnnDataType_t type = std::is_same_v<T, float> ? CUDNN_DATA_FLOAT : CUDNN_DATA_BFLOAT16;

    struct Shared {
        cuda::CudnnHandle handle{"cudnnCreate"};
        std::mutex in_use;
        std::map<cuda::CudnnConvolution::Shape, cuda::CudnnConvolution> convolutions;
    };
    std::shared_ptr<Shared> cudnn_;
};

namespace cuda {
namespace detail {

template <class Operation>
inline constexpr bool begins_with_conv3x3 = false;
template <int Channels, Bias bias, Algorithm algorithm, class In>
inline constexpr bool begins_with_conv3x3<Bound<Conv3x3<Channels, bias, algorithm>, In>> = true;
template <int Channels, Bias bias, Algorithm algorithm, class... Rest, class In>
inline constexpr bool begins_with_conv3x3<Bound<Fused<Conv3x3<Channels, bias, algorithm>, Rest...>, In>> = true;

} // namespace detail
} // namespace cuda

/// What does not begin with a Conv3x3 runs as on Cuda. Those neither pool nor take moments.
template <class T, class Operation>
requires(HasKernel<Cuda<T>, Operation> &&
         !cuda::detail::begins_with_conv3x3<Operation>) struct Kernel<CudaWithCudnn<T>, Operation>
    : Kernel<Cuda<T>, Operation> {
};

} // namespace TINYRES_ARCH
} // namespace tinyres
