#pragma once

#include "tinyres/backend/cuda/channel_sums.hpp"
#include "tinyres/backend/cuda/channel_tile.hpp"
#include "tinyres/backend/cuda/filters.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// to (Columns, rows) of type To from `from` (rows, Columns) of type From: weights (3, 3, In, Out) to cuDNN's filters
/// (Out, 3, 3, In), and with rows and columns the other way round their gradient back. A block of 32 x 8 threads moves
/// a tile of 32 x 32 numbers.
template <class From, class To>
__global__ void transpose_kernel(int rows, int columns, const From* from, To* to) {
    FilterTile& tile = shared_memory<FilterTile>();
    const int x = static_cast<int>(threadIdx.x);
    const int first_row = static_cast<int>(blockIdx.x) * FilterTile::size;
    const int first_column = static_cast<int>(blockIdx.y) * FilterTile::size;
    for (int line = static_cast<int>(threadIdx.y); line < FilterTile::size; line += 8)
        if (first_row + line < rows && first_column + x < columns)
            tile.numbers[x][line] =
                static_cast<float>(from[std::ptrdiff_t{first_row + line} * columns + first_column + x]);
    __syncthreads();
    for (int line = static_cast<int>(threadIdx.y); line < FilterTile::size; line += 8)
        if (first_column + line < columns && first_row + x < rows)
            to[std::ptrdiff_t{first_column + line} * rows + first_row + x] = static_cast<To>(tile.numbers[line][x]);
}

template <class From, class To, class Backend>
void transpose(const Backend& cuda, int rows, int columns, const From* from, To* to) {
    launch(cuda, "transpose",
           {.blocks = dim3(blocks_for(rows, FilterTile::size), blocks_for(columns, FilterTile::size)),
            .threads = dim3(FilterTile::size, 8),
            .shared_bytes = sizeof(FilterTile)},
           transpose_kernel<From, To>, rows, columns, from, to);
}

/// y += bias for y (rows, Channels) and bias (Channels).
template <class T, int Channels>
__global__ void __launch_bounds__(256) add_bias_kernel(int rows, int rows_a_block, const float* bias, T* y) {
    using Tile = ChannelTile<T, Channels>;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    float added[Tile::width];
    mine.load(added, bias);
    mine.template for_rows<4>(
        begin, end, [&](int row) { return read_vector<Tile::width>(y + mine.at(row)); },
        [&](int row, const Vector<T, Tile::width>& loaded) {
            float value[Tile::width];
            to_floats(value, loaded);
            for (int j = 0; j < Tile::width; ++j) value[j] += added[j];
            store_vector(value, y + mine.at(row));
        });
}

/// partial (Channels, gridDim.x): sums of `rows_a_block` rows of dy (rows, Channels) each.
template <class T, int Channels>
__global__ void __launch_bounds__(256) bias_gradient_kernel(int rows, int rows_a_block, const T* dy, float* partial) {
    using Tile = ChannelTile<T, Channels>;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    float sum[Tile::width] = {};
    const float none[Tile::width] = {};
    mine.template for_rows<4>(
        begin, end, [&](int row) { return read_vector<Tile::width>(dy + mine.at(row)); },
        [&](int, const Vector<T, Tile::width>& loaded) {
            for (int j = 0; j < Tile::width; ++j) sum[j] += static_cast<float>(loaded.numbers[j]);
        });
    shared_memory<ChannelSums<Tile>>().add(mine.first_channel, Channels, sum, none, [&](int c, double total, double) {
        partial[std::ptrdiff_t{c} * gridDim.x + blockIdx.x] = static_cast<float>(total);
    });
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
