#pragma once

/// CUDA's error codes, as far as they are used, with its numbers.
enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInsufficientDriver = 35,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorNoKernelImageForDevice = 209,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorLaunchFailure = 719,
    cudaErrorStreamCaptureUnsupported = 900,
    cudaErrorStreamCaptureInvalidated = 901,
    cudaErrorStreamCaptureImplicit = 906,
    cudaErrorCapturedEvent = 907,
    cudaErrorStreamCaptureWrongThread = 908,
};

namespace cuda_shim {

struct ErrorText {
    const char* name;
    const char* description;
};

inline ErrorText text(cudaError_t code) {
    switch (code) {
    case cudaSuccess:
        return {"cudaSuccess", "no error"};
    case cudaErrorInvalidValue:
        return {"cudaErrorInvalidValue", "invalid argument"};
    case cudaErrorMemoryAllocation:
        return {"cudaErrorMemoryAllocation", "out of memory"};
    case cudaErrorInvalidConfiguration:
        return {"cudaErrorInvalidConfiguration", "invalid configuration argument"};
    case cudaErrorInsufficientDriver:
        return {"cudaErrorInsufficientDriver", "CUDA driver version is insufficient for CUDA runtime version"};
    case cudaErrorNoDevice:
        return {"cudaErrorNoDevice", "no CUDA-capable device is detected"};
    case cudaErrorInvalidDevice:
        return {"cudaErrorInvalidDevice", "invalid device ordinal"};
    case cudaErrorNoKernelImageForDevice:
        return {"cudaErrorNoKernelImageForDevice", "no kernel image is available for execution on the device"};
    case cudaErrorInvalidResourceHandle:
        return {"cudaErrorInvalidResourceHandle", "invalid resource handle"};
    case cudaErrorNotReady:
        return {"cudaErrorNotReady", "device not ready"};
    case cudaErrorIllegalAddress:
        return {"cudaErrorIllegalAddress", "an illegal memory access was encountered"};
    case cudaErrorLaunchFailure:
        return {"cudaErrorLaunchFailure", "unspecified launch failure"};
    case cudaErrorStreamCaptureUnsupported:
        return {"cudaErrorStreamCaptureUnsupported", "operation not permitted when stream is capturing"};
    case cudaErrorStreamCaptureInvalidated:
        return {"cudaErrorStreamCaptureInvalidated", "operation failed due to a previous error during capture"};
    case cudaErrorStreamCaptureImplicit:
        return {"cudaErrorStreamCaptureImplicit", "operation would make the legacy stream depend on a capturing "
                                                  "blocking stream"};
    case cudaErrorCapturedEvent:
        return {"cudaErrorCapturedEvent", "operation not permitted on an event last recorded in a capturing stream"};
    case cudaErrorStreamCaptureWrongThread:
        return {"cudaErrorStreamCaptureWrongThread", "attempt to terminate a thread-local capture sequence from "
                                                     "another thread"};
    }
    return {"cudaErrorUnknown", "unknown error"};
}

inline thread_local cudaError_t last_error = cudaSuccess;

/// Keeps `code` for cudaGetLastError.
inline cudaError_t fail(cudaError_t code) {
    return last_error = code;
}

} // namespace cuda_shim

inline const char* cudaGetErrorName(cudaError_t code) {
    return cuda_shim::text(code).name;
}
inline const char* cudaGetErrorString(cudaError_t code) {
    return cuda_shim::text(code).description;
}
inline cudaError_t cudaPeekAtLastError() {
    return cuda_shim::last_error;
}
inline cudaError_t cudaGetLastError() {
    const cudaError_t code = cuda_shim::last_error;
    cuda_shim::last_error = cudaSuccess;
    return code;
}
