#pragma once

#include "backend/passes.hpp"

#include <cuda_runtime.h>
#include <tinyres/backend/cuda/cuda.hpp>

/// The operands of tests lie where both the GPU and the test can reach them.
template <class T>
struct passes::Memory<tinyres::Cuda<T>> {
    static void* allocate(std::size_t bytes) {
        void* memory = nullptr;
        tinyres::cuda::check(cudaMallocManaged(&memory, bytes > 0 ? bytes : 1), "allocating managed memory");
        return memory;
    }
    static void free(void* memory) { static_cast<void>(cudaFree(memory)); }
    static void wait() { tinyres::cuda::check(cudaDeviceSynchronize(), "the GPU's work"); }
};
