#pragma once

/// CUB's BlockReduce for the emulated GPU, as far as the backend uses it: blocks of whole warps, by
/// BLOCK_REDUCE_WARP_REDUCTIONS. It adds in CUB's order: each warp, then the warps' results one after the other. What
/// CUB leaves undefined, the result in other threads than the first, has all bits set.

#include "../warp/warp_reduce.cuh"

#include <string>

namespace cub {

enum BlockReduceAlgorithm {
    BLOCK_REDUCE_RAKING_COMMUTATIVE_ONLY,
    BLOCK_REDUCE_RAKING,
    BLOCK_REDUCE_WARP_REDUCTIONS,
};

template <class T, int Across, BlockReduceAlgorithm algorithm = BLOCK_REDUCE_WARP_REDUCTIONS, int Down = 1,
          int Deep = 1>
class BlockReduce {
    static_assert(algorithm == BLOCK_REDUCE_WARP_REDUCTIONS, "only this algorithm is emulated");
    static constexpr int threads = Across * Down * Deep;
    static_assert(threads % 32 == 0, "only blocks of whole warps are emulated");

public:
    struct TempStorage {
        T of_warp[threads / 32];
    };

    explicit BlockReduce(TempStorage& storage) : storage_(storage) {
        const cuda_shim::Block& block = cuda_shim::Block::current();
        if (blockDim.x != Across || blockDim.y != Down || blockDim.z != Deep)
            block.fail("BlockReduce is for other blocks than the kernel was launched with");
        if (!block.shared().holds(&storage, sizeof storage))
            block.fail("BlockReduce was given memory that is not shared memory");
    }

    template <class Operation>
    T Reduce(T value, Operation operation) {
        const cuda_shim::Thread& thread = cuda_shim::Block::current().thread();
        typename WarpReduce<T>::TempStorage none;
        value = WarpReduce<T>(none).Reduce(value, operation);
        if (thread.lane() == 0) storage_.of_warp[thread.warp()] = value;
        __syncthreads();
        if (thread.index == 0)
            for (int warp = 1; warp < threads / 32; ++warp) value = operation(value, storage_.of_warp[warp]);
        else
            std::memset(static_cast<void*>(&value), 0xff, sizeof value);
        return value;
    }

    T Sum(T value) { return Reduce(value, std::plus<>{}); }

private:
    TempStorage& storage_;
};

} // namespace cub
