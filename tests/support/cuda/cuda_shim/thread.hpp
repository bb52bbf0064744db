#pragma once

#include "fault.hpp"
#include "fiber.hpp"
#include "vector_types.hpp"

#include <cstddef>
#include <vector>

/// The indices of the thread that runs.
constinit inline thread_local uint3 threadIdx{};
constinit inline thread_local uint3 blockIdx{};
constinit inline thread_local dim3 blockDim{};
constinit inline thread_local dim3 gridDim{};
inline constexpr int warpSize = 32;

namespace cuda_shim {

inline constexpr unsigned warp_lanes = 32;

/// What a warp does together: one of its lanes does it for all, with each lane's operands. `mask` says which lanes.
using WarpOperation = void (*)(void* const* operands_of_lanes, unsigned mask);

/// What a thread waits for.
struct Wait {
    const char* name = nullptr; ///< as in the kernel; none if the thread does not wait
    Site site;
    WarpOperation operation = nullptr; ///< of the warp; none at the block's barrier
    unsigned mask = 0;
};

/// Whether two lanes wait in the same operation.
inline bool same(const Wait& a, const Wait& b) {
    return a.operation == b.operation && a.mask == b.mask && a.site == b.site;
}

/// 16 bytes on their way from global to shared memory.
struct Copy {
    void* to;
    const void* from; ///< null: zeros
};

/// A thread of a block.
struct Thread {
    Fiber* fiber = nullptr;
    unsigned index = 0; ///< in the block
    uint3 position{};   ///< threadIdx
    bool finished = false;
    Wait wait;
    std::vector<Copy> copies;             ///< begun and not complete
    std::vector<std::size_t> copy_groups; ///< where in `copies` each closed group ends

    unsigned warp() const { return index / warp_lanes; }
    unsigned lane() const { return index % warp_lanes; }
};

} // namespace cuda_shim
