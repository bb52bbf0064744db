#pragma once

/// A cuDNN for the emulated GPU, as far as the backend uses it: 3x3 convolutions of images (batch, height, width,
/// channels) with filters (out, 3, 3, in), in float or bfloat16, summed in double. Work waits in the handle's stream as
/// kernels do. Tests turn to cudnn_shim::settings.

#include "tinyres/core/bfloat16.hpp"

#include <algorithm>
#include <cstddef>
#include <cuda_runtime.h>

enum cudnnStatus_t {
    CUDNN_STATUS_SUCCESS = 0,
    CUDNN_STATUS_NOT_INITIALIZED = 1001,
    CUDNN_STATUS_BAD_PARAM = 2000,
    CUDNN_STATUS_NOT_SUPPORTED = 3000,
    CUDNN_STATUS_EXECUTION_FAILED = 5000,
};
enum cudnnDataType_t { CUDNN_DATA_FLOAT = 0, CUDNN_DATA_BFLOAT16 = 9 };
enum cudnnTensorFormat_t { CUDNN_TENSOR_NCHW = 0, CUDNN_TENSOR_NHWC = 1 };
enum cudnnMathType_t { CUDNN_DEFAULT_MATH = 0, CUDNN_TENSOR_OP_MATH = 1, CUDNN_FMA_MATH = 3 };
enum cudnnDeterminism_t { CUDNN_NON_DETERMINISTIC = 0, CUDNN_DETERMINISTIC = 1 };
enum cudnnConvolutionMode_t { CUDNN_CONVOLUTION = 0, CUDNN_CROSS_CORRELATION = 1 };
enum cudnnConvolutionFwdAlgo_t { CUDNN_CONVOLUTION_FWD_ALGO_0 = 0, CUDNN_CONVOLUTION_FWD_ALGO_1 = 1 };
enum cudnnConvolutionBwdDataAlgo_t { CUDNN_CONVOLUTION_BWD_DATA_ALGO_0 = 0, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1 = 1 };
enum cudnnConvolutionBwdFilterAlgo_t {
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0 = 0,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1 = 1
};

namespace cudnn_shim {

/// What cuDNN is like on this machine.
struct Settings {
    bool usable = true;
    std::size_t workspace = 1 << 20; ///< that its only deterministic algorithm wants
    bool fails = false;              ///< whether convolutions do
};
inline Settings settings;

struct Tensor {
    cudnnDataType_t type = CUDNN_DATA_FLOAT;
    int batch = 0, channels = 0, height = 0, width = 0;
    std::size_t size() const {
        return static_cast<std::size_t>(batch) * static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
               static_cast<std::size_t>(width);
    }
};

template <class Algorithm>
struct Performance {
    Algorithm algo;
    cudnnStatus_t status;
    float time;
    std::size_t memory;
    cudnnDeterminism_t determinism;
    cudnnMathType_t mathType;
};

/// Numbers of either type.
struct Array {
    const void* data;
    cudnnDataType_t type;
    double operator[](std::size_t i) const {
        return type == CUDNN_DATA_FLOAT
                   ? static_cast<double>(static_cast<const float*>(data)[i])
                   : static_cast<double>(static_cast<float>(static_cast<const tinyres::bfloat16*>(data)[i]));
    }
    void set(std::size_t i, double value) const {
        if (type == CUDNN_DATA_FLOAT)
            static_cast<float*>(const_cast<void*>(data))[i] = static_cast<float>(value);
        else
            static_cast<tinyres::bfloat16*>(const_cast<void*>(data))[i] = tinyres::bfloat16(static_cast<float>(value));
    }
};

/// Calls `use(place in x, place in the filters, place in y)` for every product of the convolution.
template <class Use>
void for_each_product(const Tensor& x, const Tensor& y, Use use) {
    const auto at = [](const Tensor& of, int n, int h, int w, int c) {
        return static_cast<std::size_t>(((n * of.height + h) * of.width + w) * of.channels + c);
    };
    for (int n = 0; n < y.batch; ++n)
        for (int h = 0; h < y.height; ++h)
            for (int w = 0; w < y.width; ++w)
                for (int tap = 0; tap < 9; ++tap) {
                    const int from_h = h + tap / 3 - 1;
                    const int from_w = w + tap % 3 - 1;
                    if (from_h < 0 || from_h >= x.height || from_w < 0 || from_w >= x.width) continue;
                    for (int out = 0; out < y.channels; ++out)
                        for (int in = 0; in < x.channels; ++in)
                            use(at(x, n, from_h, from_w, in),
                                static_cast<std::size_t>((out * 9 + tap) * x.channels + in), at(y, n, h, w, out));
                }
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
    if (!cudnn_shim::settings.usable) return CUDNN_STATUS_NOT_INITIALIZED;
    *handle = new cudnnContext;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
    delete handle;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
    handle->stream = stream;
    return CUDNN_STATUS_SUCCESS;
}

inline cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* tensor) {
    *tensor = new cudnnTensorStruct;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
    delete tensor;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format,
                                                cudnnDataType_t type, int n, int c, int h, int w) {
    if (format != CUDNN_TENSOR_NHWC || n < 1 || c < 1 || h < 1 || w < 1) return CUDNN_STATUS_BAD_PARAM;
    static_cast<cudnn_shim::Tensor&>(*tensor) = {type, n, c, h, w};
    return CUDNN_STATUS_SUCCESS;
}

inline cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* filters) {
    *filters = new cudnnFilterStruct;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filters) {
    delete filters;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t filters, cudnnDataType_t type,
                                                cudnnTensorFormat_t format, int k, int c, int h, int w) {
    if (format != CUDNN_TENSOR_NHWC || k < 1 || c < 1 || h != 3 || w != 3) return CUDNN_STATUS_BAD_PARAM;
    static_cast<cudnn_shim::Tensor&>(*filters) = {type, k, c, h, w};
    return CUDNN_STATUS_SUCCESS;
}

inline cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* convolution) {
    *convolution = new cudnnConvolutionStruct;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t convolution) {
    delete convolution;
    return CUDNN_STATUS_SUCCESS;
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

/// Puts a convolution into the handle's stream: to[place] is the sum of the products that `add` gives it.
template <class Add>
cudnnStatus_t run(cudnnHandle_t handle, int algorithm, std::size_t workspace_bytes, const void* alpha, const void* beta,
                  const Tensor& x, const Tensor& y, std::size_t size, Array to, Add add) {
    if (settings.fails) return CUDNN_STATUS_EXECUTION_FAILED;
    const bool known = algorithm == 1 && workspace_bytes >= settings.workspace &&
                       *static_cast<const float*>(alpha) == 1.0f && *static_cast<const float*>(beta) == 0.0f;
    if (!known) return CUDNN_STATUS_BAD_PARAM;
    const cudaError_t status = cuda_shim::add(handle->stream, [=] {
        std::vector<double> sums(size);
        for_each_product(
            x, y, [&](std::size_t at_x, std::size_t at_filter, std::size_t at_y) { add(sums, at_x, at_filter, at_y); });
        for (std::size_t i = 0; i < size; ++i) to.set(i, sums[i]);
    });
    return status == cudaSuccess ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_EXECUTION_FAILED;
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
    const cudnn_shim::Array a{x_data, x->type}, b{filter_data, filters->type}, to{y_data, y->type};
    return cudnn_shim::run(handle, algorithm, workspace_bytes, alpha, beta, *x, *y, y->size(), to,
                           [=](std::vector<double>& sums, std::size_t at_x, std::size_t at_filter, std::size_t at_y) {
                               sums[at_y] += a[at_x] * b[at_filter];
                           });
}
inline cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha,
                                                  cudnnFilterDescriptor_t filters, const void* filter_data,
                                                  cudnnTensorDescriptor_t y, const void* dy_data,
                                                  cudnnConvolutionDescriptor_t, cudnnConvolutionBwdDataAlgo_t algorithm,
                                                  void*, std::size_t workspace_bytes, const void* beta,
                                                  cudnnTensorDescriptor_t x, void* dx_data) {
    const cudnn_shim::Array a{dy_data, y->type}, b{filter_data, filters->type}, to{dx_data, x->type};
    return cudnn_shim::run(handle, algorithm, workspace_bytes, alpha, beta, *x, *y, x->size(), to,
                           [=](std::vector<double>& sums, std::size_t at_x, std::size_t at_filter, std::size_t at_y) {
                               sums[at_x] += a[at_y] * b[at_filter];
                           });
}
inline cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x,
                                                    const void* x_data, cudnnTensorDescriptor_t y, const void* dy_data,
                                                    cudnnConvolutionDescriptor_t,
                                                    cudnnConvolutionBwdFilterAlgo_t algorithm, void*,
                                                    std::size_t workspace_bytes, const void* beta,
                                                    cudnnFilterDescriptor_t filters, void* gradient_data) {
    const cudnn_shim::Array a{x_data, x->type}, b{dy_data, y->type}, to{gradient_data, filters->type};
    return cudnn_shim::run(handle, algorithm, workspace_bytes, alpha, beta, *x, *y, filters->size(), to,
                           [=](std::vector<double>& sums, std::size_t at_x, std::size_t at_filter, std::size_t at_y) {
                               sums[at_filter] += a[at_x] * b[at_y];
                           });
}
