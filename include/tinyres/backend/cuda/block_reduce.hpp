#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>
#include <cuda_runtime.h>

/// Sums over threads. Each has one order, so that it is the same to the last bit every time.
namespace tinyres::inline TINYRES_ARCH {

/// The sum over a warp's lanes, in every lane.
template <class Number>
__device__ __forceinline__ Number warp_sum(Number value) {
    for (int bit = 16; bit > 0; bit /= 2) value += __shfl_xor_sync(~0u, value, bit);
    return value;
}

/// Adds up what the threads of a ChannelTile found, in shared memory.
template <class Tile>
struct ChannelSums {
    // `across` more, so that neighbouring channels, in different threads or in one, lie in different banks.
    static constexpr int stride = Tile::threads + Tile::across;
    static_assert(Tile::width <= Tile::down, "a thread adds up one channel");
    float first[Tile::width][stride];
    float second[Tile::width][stride];

    /// Calls `function(channel, sum of first, sum of second)` in one thread for each of the block's channels; sums are
    /// over the threads below each other. All threads of the block call it; they see the memory free afterwards.
    template <class Function>
    __device__ __forceinline__ void add(int block_across, const float (&mine_first)[Tile::width],
                                        const float (&mine_second)[Tile::width], Function function) {
        const int thread = static_cast<int>(threadIdx.x);
        for (int j = 0; j < Tile::width; ++j) {
            first[j][thread] = mine_first[j];
            second[j][thread] = mine_second[j];
        }
        __syncthreads();
        const int column = thread % Tile::across;
        const int j = thread / Tile::across;
        const int channel = (block_across * Tile::across + column) * Tile::width + j;
        if (j < Tile::width && channel < Tile::channels) {
            double sum_first = 0.0;
            double sum_second = 0.0;
            for (int row = 0; row < Tile::down; ++row) {
                sum_first += static_cast<double>(first[j][row * Tile::across + column]);
                sum_second += static_cast<double>(second[j][row * Tile::across + column]);
            }
            function(channel, sum_first, sum_second);
        }
        __syncthreads();
    }
};

/// Adds up columns of a matrix in shared memory, `across` in a block of across x down threads.
struct ColumnSums {
    static constexpr int across = 32;
    static constexpr int down = 16;
    static constexpr int threads = across * down;
    double numbers[down][across];

    /// The sum of column `column` of numbers (rows, columns), in all threads with this threadIdx.x; zero beyond the
    /// last column. All threads of the block call it.
    template <class Number>
    __device__ __forceinline__ double add(const Number* matrix, int rows, int columns, int column) {
        double sum = 0.0;
        if (column < columns)
            for (int row = static_cast<int>(threadIdx.y); row < rows; row += down)
                sum += static_cast<double>(matrix[std::ptrdiff_t{row} * columns + column]);
        __syncthreads(); // the last sum was read
        numbers[threadIdx.y][threadIdx.x] = sum;
        __syncthreads();
        double total = 0.0;
        for (int row = 0; row < down; ++row) total += numbers[row][threadIdx.x];
        return total;
    }
};

} // namespace tinyres::inline TINYRES_ARCH
