#pragma once

/// CUB's WarpReduce for the emulated GPU, as far as the backend uses it: whole warps. It adds in CUB's order, whose
/// threads take over from the one 1, 2, 4, 8 and 16 lanes behind them; what CUB leaves undefined, the result in other
/// lanes than the first, has all bits set.

#include <cstring>
#include <cuda_runtime.h>
#include <functional>
#include <type_traits>

namespace cub {

template <class T, int Threads = 32>
class WarpReduce {
    static_assert(Threads == 32, "only whole warps are emulated");
    static_assert(std::is_trivially_copyable_v<T>);

public:
    struct TempStorage {};

    explicit WarpReduce(TempStorage&) {}

    template <class Operation>
    T Reduce(T value, Operation operation) {
        const unsigned lane = cuda_shim::this_lane();
        for (unsigned distance = 1; distance < Threads; distance *= 2) {
            const T other = __shfl_down_sync(~0u, value, distance);
            if (lane + distance < Threads) value = operation(value, other);
        }
        if (lane != 0) std::memset(static_cast<void*>(&value), 0xff, sizeof value);
        return value;
    }

    T Sum(T value) { return Reduce(value, std::plus<>{}); }
};

} // namespace cub
