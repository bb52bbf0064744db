#pragma once

#include "tinyres/core/config.hpp"

#include <cuda_runtime.h>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Adds up, in shared memory, what the threads of a block found for their channels, two numbers each. The threads lie
/// as `Tile` says, a ChannelTile or the like: `width` neighboring channels a thread, `across` threads side by side,
/// `down` below each other, whose sums are wanted. (CUB's reductions are over neighboring threads, which here have
/// other channels.)
template <class Tile>
struct ChannelSums {
    static constexpr int width = Tile::width;
    static constexpr int across = Tile::across;
    // `across` more, so that neighboring channels, in different threads or in one, lie in different banks.
    static constexpr int stride = Tile::threads + across;
    static_assert(width <= Tile::down, "a thread adds up one channel");
    float first[width][stride];
    float second[width][stride];

    /// Calls `function(channel, sum of first, sum of second)` in one thread for each of the block's channels, of which
    /// there are `across` * `width` from `first_channel` on, as far as they are below `channels`. All threads of the
    /// block call it; they see the memory free afterwards.
    template <class Function>
    __device__ __forceinline__ void add(int first_channel, int channels, const float (&mine_first)[width],
                                        const float (&mine_second)[width], Function function) {
        const int thread = static_cast<int>(threadIdx.x);
        for (int j = 0; j < width; ++j) {
            first[j][thread] = mine_first[j];
            second[j][thread] = mine_second[j];
        }
        __syncthreads();
        const int column = thread % across;
        const int j = thread / across;
        const int channel = first_channel + column * width + j;
        if (j < width && channel < channels) {
            double sum_first = 0.0;
            double sum_second = 0.0;
            for (int row = 0; row < Tile::down; ++row) {
                sum_first += static_cast<double>(first[j][row * across + column]);
                sum_second += static_cast<double>(second[j][row * across + column]);
            }
            function(channel, sum_first, sum_second);
        }
        __syncthreads();
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
