#pragma once

#include "tinyres/backend/cuda/check.hpp"

#include <cstddef>
#include <string>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

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

/// Puts a kernel into a stream. Throws Error naming it if it cannot be started.
template <class... Parameters>
void start_kernel(cudaStream_t stream, const char* name, const Grid& grid, void (*kernel)(Parameters...),
                  const Parameters&... arguments) {
    constexpr std::size_t without_asking = 48 * 1024;
    if (grid.shared_bytes > without_asking)
        check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                   static_cast<int>(grid.shared_bytes)),
              std::string("asking for shared memory for the kernel ") + name);
    cudaLaunchConfig_t config{};
    config.gridDim = grid.blocks;
    config.blockDim = grid.threads;
    config.dynamicSmemBytes = grid.shared_bytes;
    config.stream = stream;
    check(cudaLaunchKernelEx(&config, kernel, arguments...), std::string("starting the kernel ") + name);
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
