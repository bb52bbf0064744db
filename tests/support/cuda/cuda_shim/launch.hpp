#pragma once

#include "block.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <omp.h>
#include <string>

namespace cuda_shim {

inline constexpr std::size_t most_shared_bytes = 227 * 1024;
inline constexpr std::size_t shared_bytes_without_asking = 48 * 1024;

/// Throws a Fault if no GPU could run it.
inline void check(const Launch& launch, std::size_t allowed_shared_bytes) {
    const auto require = [&](bool good, const std::string& what) {
        if (!good) throw Fault(launch.name() + ": cannot start: " + what);
    };
    const dim3 grid = launch.grid;
    const dim3 block = launch.block;
    const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
    require(threads > 0, "no threads in a block");
    require(threads <= 1024 && block.x <= 1024 && block.y <= 1024 && block.z <= 64,
            text({block.x, block.y, block.z}) + " are too many threads for a block");
    require(grid.x > 0 && grid.y > 0 && grid.z > 0, "no blocks in the grid");
    require(grid.x <= 0x7fff'ffffu && grid.y <= 0xffffu && grid.z <= 0xffffu,
            text({grid.x, grid.y, grid.z}) + " are too many blocks");
    require(launch.shared_bytes <= allowed_shared_bytes,
            std::to_string(launch.shared_bytes) + " bytes of shared memory, but " +
                std::to_string(allowed_shared_bytes) + " are allowed" +
                (allowed_shared_bytes == shared_bytes_without_asking ? " without cudaFuncSetAttribute" : ""));
}

/// Runs all blocks, on several threads of the machine; throws the first Fault.
inline void run(const Launch& launch) {
    constexpr std::uint64_t most_workers = 16; // each has up to 1024 stacks
    const dim3 grid = launch.grid;
    const std::uint64_t count = std::uint64_t{grid.x} * grid.y * grid.z;
    const auto available = static_cast<std::uint64_t>(omp_get_max_threads());
    const auto workers = static_cast<int>(std::min({count, available, most_workers}));
    std::atomic<std::uint64_t> next = 0;
    std::exception_ptr error;
#pragma omp parallel num_threads(workers)
    {
        try {
            Block block(launch);
            for (std::uint64_t i = next++; i < count; i = next++)
                block.run({static_cast<unsigned>(i % grid.x), static_cast<unsigned>(i / grid.x % grid.y),
                           static_cast<unsigned>(i / grid.x / grid.y)});
        } catch (...) {
#pragma omp critical(cuda_shim_error)
            if (error == nullptr) error = std::current_exception();
            next = count;
        }
    }
    if (error != nullptr) std::rethrow_exception(error);
}

} // namespace cuda_shim
