#pragma once

#include "backend_memory.hpp"

#include <tinyres/backend/cuda/cuda.hpp>

namespace example {

template <class T>
struct BackendMemory<tinyres::Cuda<T>> {
    static std::size_t bytes() {
        std::size_t left = 0;
        std::size_t all = 0;
        tinyres::cuda::check(cudaMemGetInfo(&left, &all), "asking for the GPU's memory");
        return all;
    }
};

} // namespace example
