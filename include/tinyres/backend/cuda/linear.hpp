#pragma once

#include "tinyres/backend/cuda/block_reduce.hpp"
#include "tinyres/backend/cuda/intrinsics.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/layers/linear.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// A matrix in memory: element (row, column) is at row * row_stride + column * column_stride.
struct MatrixView {
    const float* data = nullptr;
    int row_stride = 0;
    int column_stride = 0;
};

struct ProductTiles {
    static constexpr int size = 16;
    float left[size][size];
    float right[size][size + 1];
};

/// result (rows, columns) = left (rows, depth) * right (depth, columns) + bias (columns, unless null), in float, each
/// sum in its order. A block of 16 x 16 threads computes as many results.
template <int TileSize>
__global__ void product_kernel(int rows, int columns, int depth, MatrixView left, MatrixView right, const float* bias,
                               float* result) {
    ProductTiles& tiles = shared_memory<ProductTiles>();
    const int x = static_cast<int>(threadIdx.x);
    const int y = static_cast<int>(threadIdx.y);
    const int row = static_cast<int>(blockIdx.x) * TileSize + y;
    const int column = static_cast<int>(blockIdx.y) * TileSize + x;
    float sum = bias && column < columns ? bias[column] : 0.0f;
    for (int first = 0; first < depth; first += TileSize) {
        const bool in_left = row < rows && first + x < depth;
        const bool in_right = first + y < depth && column < columns;
        tiles.left[y][x] =
            in_left ? left.data[std::ptrdiff_t{row} * left.row_stride + std::ptrdiff_t{first + x} * left.column_stride]
                    : 0.0f;
        tiles.right[y][x] =
            in_right
                ? right
                      .data[std::ptrdiff_t{first + y} * right.row_stride + std::ptrdiff_t{column} * right.column_stride]
                : 0.0f;
        __syncthreads();
        for (int k = 0; k < TileSize; ++k) sum += tiles.left[y][k] * tiles.right[k][x];
        __syncthreads();
    }
    if (row < rows && column < columns) result[std::ptrdiff_t{row} * columns + column] = sum;
}

/// sums[c] = sum over the rows of values (rows, columns). A warp does a column.
template <int WarpsABlock>
__global__ void column_sums_kernel(int rows, int columns, const float* values, float* sums) {
    const int column = static_cast<int>(blockIdx.x) * WarpsABlock + static_cast<int>(threadIdx.x) / 32;
    if (column >= columns) return; // a whole warp
    float sum = 0.0f;
    for (int row = static_cast<int>(threadIdx.x) % 32; row < rows; row += 32)
        sum += values[std::ptrdiff_t{row} * columns + column];
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) sums[column] = sum;
}

/// Vectors are float in every precision: y = x W + b; dW = x^T dy; db = sum of dy; dx = dy W^T.
template <class T, int Features, Bias bias, class In>
struct LinearKernel {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, float>& pass) {
        product(cuda, pass.batch, Features, In::size, {pass.input, In::size, 1}, {pass.parameters, Features, 1},
                bias == Bias::yes ? pass.parameters + weight_count : nullptr, pass.output);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, float>& pass) {
        product(cuda, In::size, Features, pass.batch, {pass.input, 1, In::size}, {pass.output_gradient, Features, 1},
                nullptr, pass.parameter_gradients);
        if constexpr (bias == Bias::yes)
            launch(cuda, "column_sums", {.blocks = blocks_for(Features, 8)}, column_sums_kernel<8>, pass.batch,
                   Features, pass.output_gradient, pass.parameter_gradients + weight_count);
        if (pass.input_gradient)
            product(cuda, pass.batch, In::size, Features, {pass.output_gradient, Features, 1},
                    {pass.parameters, 1, Features}, nullptr, pass.input_gradient);
    }

private:
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{In::size} * Features;

    static void product(const Cuda<T>& cuda, int rows, int columns, int depth, MatrixView left, MatrixView right,
                        const float* added, float* result) {
        constexpr int size = ProductTiles::size;
        launch(cuda, "linear",
               {.blocks = dim3(blocks_for(rows, size), blocks_for(columns, size)),
                .threads = dim3(size, size),
                .shared_bytes = sizeof(ProductTiles)},
               product_kernel<size>, rows, columns, depth, left, right, added, result);
    }
};

} // namespace cuda

template <class T, int Features, Bias bias, class In>
struct Kernel<Cuda<T>, Bound<Linear<Features, bias>, In>> : cuda::LinearKernel<T, Features, bias, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
