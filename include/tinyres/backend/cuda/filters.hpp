#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/tensor_tiles.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// How PatchConvolution wants its filters: (columns, depth) with depth counting kernel row, kernel column, input
/// channel, filled up with zeros to whole blocks and stages.
template <class T, int Taps, int In, int Out>
struct PackedFilters {
    static constexpr int block_columns = Out <= 64 ? 64 : 128;
    static constexpr int columns = (Out + block_columns - 1) / block_columns * block_columns;
    static constexpr int depth = (Taps * In + stage_depth<T> - 1) / stage_depth<T> * stage_depth<T>;
    static constexpr std::size_t bytes = sizeof(T) * columns * depth;

    template <class Backend>
    static void pack(const Backend& cuda, const float* weights, bool turned, T* packed);
};

struct FilterTile {
    static constexpr int size = 32;
    float numbers[size][size + 1]; // one more, so that a column's numbers lie in different banks
};

/// packed (columns, depth) from weights (Taps, In, Out), or, `Turned`, from weights (Taps, Out, In), whose taps are
/// taken in the opposite order: the filters that a gradient goes back through. A block of 32 x 8 threads moves a tile
/// of 32 x 32 numbers; it reads and writes neighbors with neighboring threads.
template <class T, int Taps, int In, int Out, bool Turned>
__global__ void pack_filters_kernel(const float* weights, T* packed) {
    using Packed = PackedFilters<T, Taps, In, Out>;
    FilterTile& tile = shared_memory<FilterTile>();
    const int x = static_cast<int>(threadIdx.x);
    const int y = static_cast<int>(threadIdx.y);
    const int first_k = static_cast<int>(blockIdx.x) * FilterTile::size;
    const int first_column = static_cast<int>(blockIdx.y) * FilterTile::size;
    for (int line = y; line < FilterTile::size; line += 8) {
        const int k = first_k + (Turned ? x : line);
        const int column = first_column + (Turned ? line : x);
        float weight = 0.0f;
        if (k < Taps * In && column < Out) {
            if constexpr (Turned)
                weight = weights[(std::ptrdiff_t{Taps - 1 - k / In} * Out + column) * In + k % In];
            else
                weight = weights[std::ptrdiff_t{k} * Out + column];
        }
        if constexpr (Turned)
            tile.numbers[line][x] = weight;
        else
            tile.numbers[x][line] = weight;
    }
    __syncthreads();
    for (int line = y; line < FilterTile::size; line += 8)
        if (first_k + x < Packed::depth)
            packed[std::ptrdiff_t{first_column + line} * Packed::depth + first_k + x] =
                static_cast<T>(tile.numbers[line][x]);
}

template <class T, int Taps, int In, int Out>
template <class Backend>
void PackedFilters<T, Taps, In, Out>::pack(const Backend& cuda, const float* weights, bool turned, T* packed) {
    const Grid grid{.blocks = dim3(blocks_for(depth, FilterTile::size), columns / FilterTile::size),
                    .threads = dim3(FilterTile::size, 8),
                    .shared_bytes = sizeof(FilterTile)};
    if (turned)
        launch(cuda, "pack_filters", grid, pack_filters_kernel<T, Taps, In, Out, true>, weights, packed);
    else
        launch(cuda, "pack_filters", grid, pack_filters_kernel<T, Taps, In, Out, false>, weights, packed);
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
