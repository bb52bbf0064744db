#pragma once

// Needs cuDNN 9.

#include "tinyres/core/error.hpp"

#include <cudnn.h>
#include <string>
#include <type_traits>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Throws Error with cuDNN's own words unless `status` is success; `call` is the function's name.
inline void check_cudnn(cudnnStatus_t status, const std::string& call) {
    if (status == CUDNN_STATUS_SUCCESS) return;
    throw Error("cuDNN: " + call + " failed: " + cudnnGetErrorString(status) +
                "; the backend Cuda computes the same without cuDNN");
}

/// One of cuDNN's objects, by the functions that make and destroy it. Move-only.
template <class Object, auto create, auto destroy>
class CudnnObject {
public:
    explicit CudnnObject(const char* call) { check_cudnn(create(&object_), call); }
    CudnnObject(CudnnObject&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    CudnnObject& operator=(CudnnObject&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~CudnnObject() {
        if (object_ != nullptr) static_cast<void>(destroy(object_));
    }

    operator Object() const { return object_; }

private:
    Object object_ = nullptr;
};

using CudnnHandle = CudnnObject<cudnnHandle_t, cudnnCreate, cudnnDestroy>;

/// Images (batch, height, width, channels) of float or bfloat16.
struct CudnnTensor : CudnnObject<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor> {
    CudnnTensor(cudnnDataType_t type, int batch, int channels, int height, int width)
        : CudnnObject("cudnnCreateTensorDescriptor") {
        check_cudnn(cudnnSetTensor4dDescriptor(*this, CUDNN_TENSOR_NHWC, type, batch, channels, height, width),
                    "cudnnSetTensor4dDescriptor");
    }
};

/// Filters (out, 3, 3, in) of float or bfloat16.
struct CudnnFilters : CudnnObject<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor> {
    CudnnFilters(cudnnDataType_t type, int out, int in) : CudnnObject("cudnnCreateFilterDescriptor") {
        check_cudnn(cudnnSetFilter4dDescriptor(*this, type, CUDNN_TENSOR_NHWC, out, in, 3, 3),
                    "cudnnSetFilter4dDescriptor");
    }
};

/// A 3x3 convolution with zero padding 1, whose sums are float.
struct CudnnPadding
    : CudnnObject<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor, cudnnDestroyConvolutionDescriptor> {
    CudnnPadding() : CudnnObject("cudnnCreateConvolutionDescriptor") {
        check_cudnn(cudnnSetConvolution2dDescriptor(*this, 1, 1, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
                    "cudnnSetConvolution2dDescriptor");
    }

    /// Float operands are rounded to TF32 unless this is CUDNN_FMA_MATH.
    void set_math(cudnnMathType_t math) {
        check_cudnn(cudnnSetConvolutionMathType(*this, math), "cudnnSetConvolutionMathType");
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
