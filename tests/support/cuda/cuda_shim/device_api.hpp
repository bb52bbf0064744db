#pragma once

#include "errors.hpp"
#include "launch.hpp"
#include "settings.hpp"

enum cudaDeviceAttr {
    cudaDevAttrMaxThreadsPerBlock = 1,
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76,
    cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
};

inline cudaError_t cudaGetDeviceCount(int* count) {
    *count = 0;
    if (!cuda_shim::settings.driver) return cuda_shim::fail(cudaErrorInsufficientDriver);
    if (cuda_shim::settings.devices == 0) return cuda_shim::fail(cudaErrorNoDevice);
    *count = cuda_shim::settings.devices;
    return cudaSuccess;
}

/// All devices are one.
inline cudaError_t cudaSetDevice(int device) {
    if (device < 0 || device >= cuda_shim::settings.devices) return cuda_shim::fail(cudaErrorInvalidDevice);
    return cudaSuccess;
}

inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
    if (device < 0 || device >= cuda_shim::settings.devices) return cuda_shim::fail(cudaErrorInvalidDevice);
    switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
        *value = 1024;
        return cudaSuccess;
    case cudaDevAttrMultiProcessorCount:
        *value = cuda_shim::settings.multiprocessors;
        return cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
        *value = cuda_shim::settings.capability_major;
        return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
        *value = cuda_shim::settings.capability_minor;
        return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
        *value = static_cast<int>(cuda_shim::most_shared_bytes);
        return cudaSuccess;
    }
    return cuda_shim::fail(cudaErrorInvalidValue);
}
