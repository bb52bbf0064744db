#pragma once

/// A cuDNN for the emulated GPU, as far as the backend uses it: 3x3 convolutions of images (batch, height, width,
/// channels) with filters (out, 3, 3, in), in float or bfloat16, summed in double. Work waits in the handle's stream as
/// kernels do. Tests turn to cudnn_shim::settings.

#include "cudnn_shim/convolution.hpp"

#include <algorithm>
#include <cstddef>
#include <cuda_runtime.h>

namespace cudnn_shim {

template <class Algorithm>
struct Performance {
    Algorithm algo;
    cudnnStatus_t status;
    float time;
    std::size_t memory;
    cudnnDeterminism_t determinism;
    cudnnMathType_t mathType;
};

/// For the functions that make and destroy a handle or a descriptor.
template <class T>
cudnnStatus_t make(T** object) {
    *object = new T;
    return CUDNN_STATUS_SUCCESS;
}
template <class T>
cudnnStatus_t destroy(T* object) {
    delete object;
    return CUDNN_STATUS_SUCCESS;
}

/// For the functions that describe images or filters, if they are `good`.
inline cudnnStatus_t describe(Tensor& tensor, const Tensor& as, cudnnTensorFormat_t format, bool good = true) {
    if (format != CUDNN_TENSOR_NHWC || as.batch < 1 || as.channels < 1 || as.height < 1 || as.width < 1 || !good)
        return CUDNN_STATUS_BAD_PARAM;
    tensor = as;
    return CUDNN_STATUS_SUCCESS;
}

} // namespace cudnn_shim

struct cudnnContext {
    cudaStream_t stream = nullptr;
};
struct cudnnTensorStruct : cudnn_shim::Tensor {};
struct cudnnFilterStruct : cudnn_shim::Tensor {};
struct cudnnConvolutionStruct {
    cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};
using cudnnHandle_t = cudnnContext*;
using cudnnTensorDescriptor_t = cudnnTensorStruct*;
using cudnnFilterDescriptor_t = cudnnFilterStruct*;
using cudnnConvolutionDescriptor_t = cudnnConvolutionStruct*;
using cudnnConvolutionFwdAlgoPerf_t = cudnn_shim::Performance<cudnnConvolutionFwdAlgo_t>;
using cudnnConvolutionBwdDataAlgoPerf_t = cudnn_shim::Performance<cudnnConvolutionBwdDataAlgo_t>;
using cudnnConvolutionBwdFilterAlgoPerf_t = cudnn_shim::Performance<cudnnConvolutionBwdFilterAlgo_t>;

inline const char* cudnnGetErrorString(cudnnStatus_t status) {
    switch (status) {
    case CUDNN_STATUS_SUCCESS:
        return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED:
        return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM:
        return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED:
        return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_EXECUTION_FAILED:
        return "CUDNN_STATUS_EXECUTION_FAILED";
    }
    return "CUDNN_STATUS_INTERNAL_ERROR";
}

inline cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
    return cudnn_shim::settings.usable ? cudnn_shim::make(handle) : CUDNN_STATUS_NOT_INITIALIZED;
}
inline cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
    return cudnn_shim::destroy(handle);
}
inline cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
    handle->stream = stream;
    return CUDNN_STATUS_SUCCESS;
}

inline cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* tensor) {
    return cudnn_shim::make(tensor);
}
inline cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
    return cudnn_shim::destroy(tensor);
}
inline cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format,
                                                cudnnDataType_t type, int n, int c, int h, int w) {
    return cudnn_shim::describe(*tensor, {type, n, c, h, w}, format);
}

inline cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* filters) {
    return cudnn_shim::make(filters);
}
inline cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filters) {
    return cudnn_shim::destroy(filters);
}
inline cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t filters, cudnnDataType_t type,
                                                cudnnTensorFormat_t format, int k, int c, int h, int w) {
    return cudnn_shim::describe(*filters, {type, k, c, h, w}, format, h == 3 && w == 3);
}

inline cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* convolution) {
    return cudnn_shim::make(convolution);
}
inline cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t convolution) {
    return cudnn_shim::destroy(convolution);
}
inline cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t, int pad_h, int pad_w, int stride_h,
                                                     int stride_w, int dilation_h, int dilation_w,
                                                     cudnnConvolutionMode_t mode, cudnnDataType_t sums) {
    const bool known = pad_h == 1 && pad_w == 1 && stride_h == 1 && stride_w == 1 && dilation_h == 1 &&
                       dilation_w == 1 && mode == CUDNN_CROSS_CORRELATION && sums == CUDNN_DATA_FLOAT;
    return known ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}
inline cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t convolution, cudnnMathType_t math) {
    convolution->math = math;
    return CUDNN_STATUS_SUCCESS;
}

namespace cudnn_shim {

/// Whether the three belong together and have numbers of one type.
inline bool fit(const Tensor& x, const Tensor& filters, const Tensor& y) {
    return x.type == y.type && x.type == filters.type && x.batch == y.batch && x.height == y.height &&
           x.width == y.width && filters.channels == x.channels && filters.batch == y.channels;
}

/// First the fastest, which is no use to who wants the same bits every time, then another.
template <class Algorithm>
cudnnStatus_t offer(const Tensor& x, const Tensor& filters, const Tensor& y, cudnnMathType_t math, int wanted,
                    int* count, Performance<Algorithm>* found) {
    if (!fit(x, filters, y)) return CUDNN_STATUS_BAD_PARAM;
    const Performance<Algorithm> all[] = {
        {static_cast<Algorithm>(0), CUDNN_STATUS_SUCCESS, -1.0f, 0, CUDNN_NON_DETERMINISTIC, math},
        {static_cast<Algorithm>(1), CUDNN_STATUS_SUCCESS, -1.0f, settings.workspace, CUDNN_DETERMINISTIC, math}};
    *count = std::min(wanted, 2);
    std::copy_n(all, *count, found);
    return CUDNN_STATUS_SUCCESS;
}

} // namespace cudnn_shim

inline cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t x,
                                                            cudnnFilterDescriptor_t filters,
                                                            cudnnConvolutionDescriptor_t convolution,
                                                            cudnnTensorDescriptor_t y, int wanted, int* count,
                                                            cudnnConvolutionFwdAlgoPerf_t* found) {
    return cudnn_shim::offer(*x, *filters, *y, convolution->math, wanted, count, found);
}
inline cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(cudnnHandle_t, cudnnFilterDescriptor_t filters,
                                                                 cudnnTensorDescriptor_t y,
                                                                 cudnnConvolutionDescriptor_t convolution,
                                                                 cudnnTensorDescriptor_t x, int wanted, int* count,
                                                                 cudnnConvolutionBwdDataAlgoPerf_t* found) {
    return cudnn_shim::offer(*x, *filters, *y, convolution->math, wanted, count, found);
}
inline cudnnStatus_t
cudnnGetConvolutionBackwardFilterAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t y,
                                              cudnnConvolutionDescriptor_t convolution, cudnnFilterDescriptor_t filters,
                                              int wanted, int* count, cudnnConvolutionBwdFilterAlgoPerf_t* found) {
    return cudnn_shim::offer(*x, *filters, *y, convolution->math, wanted, count, found);
}

inline cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x,
                                             const void* x_data, cudnnFilterDescriptor_t filters,
                                             const void* filter_data, cudnnConvolutionDescriptor_t,
                                             cudnnConvolutionFwdAlgo_t algorithm, void*, std::size_t workspace_bytes,
                                             const void* beta, cudnnTensorDescriptor_t y, void* y_data) {
    return cudnn_shim::run(handle->stream, algorithm, workspace_bytes, alpha, beta, *x, *y,
                           cudnn_shim::images(*x, x_data), cudnn_shim::weights(*filters, filter_data),
                           cudnn_shim::outputs(*y, y_data), y->size());
}
inline cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha,
                                                  cudnnFilterDescriptor_t filters, const void* filter_data,
                                                  cudnnTensorDescriptor_t y, const void* dy_data,
                                                  cudnnConvolutionDescriptor_t, cudnnConvolutionBwdDataAlgo_t algorithm,
                                                  void*, std::size_t workspace_bytes, const void* beta,
                                                  cudnnTensorDescriptor_t x, void* dx_data) {
    return cudnn_shim::run(handle->stream, algorithm, workspace_bytes, alpha, beta, *x, *y,
                           cudnn_shim::outputs(*y, dy_data), cudnn_shim::weights(*filters, filter_data),
                           cudnn_shim::images(*x, dx_data), x->size());
}
inline cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x,
                                                    const void* x_data, cudnnTensorDescriptor_t y, const void* dy_data,
                                                    cudnnConvolutionDescriptor_t,
                                                    cudnnConvolutionBwdFilterAlgo_t algorithm, void*,
                                                    std::size_t workspace_bytes, const void* beta,
                                                    cudnnFilterDescriptor_t filters, void* gradient_data) {
    return cudnn_shim::run(handle->stream, algorithm, workspace_bytes, alpha, beta, *x, *y,
                           cudnn_shim::images(*x, x_data), cudnn_shim::outputs(*y, dy_data),
                           cudnn_shim::weights(*filters, gradient_data), filters->size());
}
