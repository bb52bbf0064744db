#pragma once

#include "tinyres/backend/cuda/cuda.hpp"

#include <type_traits>

namespace tinyres::inline TINYRES_ARCH {

/// How many blocks, of how many threads, with how many bytes of shared memory each.
struct Grid {
    dim3 blocks{1};
    dim3 threads{256};
    std::size_t shared_bytes = 0;
};

/// Blocks of `size` elements that cover `count`.
constexpr unsigned blocks_for(std::ptrdiff_t count, std::ptrdiff_t size) {
    return static_cast<unsigned>((count + size - 1) / size);
}

/// Puts a kernel into the backend's stream. Throws Error naming it if it cannot be started.
///
///     launch(cuda, "relu", {.blocks = blocks_for(count, 256)}, relu_kernel<T>, input, output, count);
template <class Backend, class... Parameters>
void launch(const Backend& cuda, const char* name, const Grid& grid, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
    constexpr std::size_t without_asking = 48 * 1024;
    if (grid.shared_bytes > without_asking)
        check_cuda(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        static_cast<int>(grid.shared_bytes)),
                   std::string("asking for shared memory for the kernel ") + name);
    cudaLaunchConfig_t config{};
    config.gridDim = grid.blocks;
    config.blockDim = grid.threads;
    config.dynamicSmemBytes = grid.shared_bytes;
    config.stream = cuda.stream();
    check_cuda(cudaLaunchKernelEx(&config, kernel, arguments...), std::string("starting the kernel ") + name);
}

} // namespace tinyres::inline TINYRES_ARCH
