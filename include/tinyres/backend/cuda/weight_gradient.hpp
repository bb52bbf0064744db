#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/patches.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The gradient of a convolution's weights (taps, In, Out) and, behind them, its bias (Out): the matrix
/// (taps In, Out) of patches' * dy, a sum over all pixels, and with a column of ones beside the patches the bias's too.
/// Few blocks hold the whole matrix, so each is computed in parts, of some of the pixels each, which are then added up
/// in their order: no atomics, and the same bits every time.
template <class T, class Down, class Across, int In, int Out, bool HasBias>
struct WeightGradient {
    using Columns = Patches<T, Down, Across, In, HasBias>;
    static constexpr int block_rows = 128;
    static constexpr int block_columns = Out <= 64 ? 64 : 128;
    static constexpr int stages = 4;
    static constexpr int blocks_down = (Columns::columns + block_rows - 1) / block_rows;
    static constexpr int blocks_across = (Out + block_columns - 1) / block_columns;
    // Two blocks for each multiprocessor of a large GPU.
    static constexpr int splits = std::clamp(264 / (blocks_down * blocks_across), 1, 64);
    static constexpr std::ptrdiff_t size = std::ptrdiff_t{Columns::columns} * Out;
    static constexpr std::size_t scratch_bytes = splits == 1 ? 0 : sizeof(float) * splits * size;
    using Shared = Pipeline<AcrossSum<T, block_rows>, AcrossSum<T, block_columns>, stages>;

    template <class Backend>
    static void run(const Backend& cuda, int batch, const T* x, const T* output_gradient, float* gradient,
                    std::byte* scratch);
};

/// Begins to copy a chunk of dy (pixels, Out), from `column` of row `pixel` on; zeros outside.
template <class T, int Out>
__device__ __forceinline__ void copy_gradient_chunk(T* to, const T* gradient, int pixels, int pixel, int column) {
    if constexpr (Out % chunk<T> == 0) {
        const bool valid = pixel < pixels && column < Out;
        copy_async(to, valid ? gradient + std::ptrdiff_t{pixel} * Out + column : gradient, valid);
    } else {
        for (int i = 0; i < chunk<T>; ++i)
            to[i] = pixel < pixels && column + i < Out ? gradient[std::ptrdiff_t{pixel} * Out + column + i]
                                                       : static_cast<T>(0.0f);
    }
}

/// sums (part, Columns::columns, Out); part p adds up the p-th of equal shares of the pixels.
template <class T, class Down, class Across, int In, int Out, bool HasBias>
__global__ void __launch_bounds__(256, sizeof(T) == 2 ? 2 : 1) // float operands take more registers
    weight_gradient_kernel(int pixels, int pixels_a_part, const T* x, const T* output_gradient, float* sums) {
    using Pass = WeightGradient<T, Down, Across, In, Out, HasBias>;
    auto& pipeline = shared_memory<typename Pass::Shared>();
    const int thread = static_cast<int>(threadIdx.x);
    const int first_row = static_cast<int>(blockIdx.x) * Pass::block_rows;
    const int first_column = static_cast<int>(blockIdx.y) * Pass::block_columns;
    const int begin = static_cast<int>(blockIdx.z) * pixels_a_part;
    const int end = begin + pixels_a_part < pixels ? begin + pixels_a_part : pixels;
    const int count = end > begin ? end - begin : 0;

    BlockProduct<T, Pass::block_columns> product;
    pipeline.run(product, (count + stage_depth<T> - 1) / stage_depth<T>, [&](auto& left, auto& right, int stage) {
        const int first_pixel = begin + stage * stage_depth<T>;
        for (int i = thread; i < left.chunks; i += product.threads)
            Pass::Columns::copy_chunk(left.at(i), x, end, first_pixel + left.first_of(i), first_row + left.line_of(i));
        for (int i = thread; i < right.chunks; i += product.threads)
            copy_gradient_chunk<T, Out>(right.at(i), output_gradient, end, first_pixel + right.first_of(i),
                                        first_column + right.line_of(i));
    });
    float* const to = sums + blockIdx.z * Pass::size;
    product.for_each([&](int row, int column, float value) {
        const int k = first_row + row;
        const int out = first_column + column;
        if (k < Pass::Columns::columns && out < Out) to[std::ptrdiff_t{k} * Out + out] = value;
    });
}

/// gradient[i] = sum over the parts of sums[part][i], in their order.
template <class Number>
__global__ void add_parts_kernel(const Number* sums, int parts, std::ptrdiff_t size, Number* gradient) {
    const std::ptrdiff_t i = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i >= size) return;
    Number sum = sums[i];
    for (int part = 1; part < parts; ++part) sum += sums[part * size + i];
    gradient[i] = sum;
}

template <class T, class Down, class Across, int In, int Out, bool HasBias>
template <class Backend>
void WeightGradient<T, Down, Across, In, Out, HasBias>::run(const Backend& cuda, int batch, const T* x,
                                                            const T* output_gradient, float* gradient,
                                                            std::byte* scratch) {
    const int pixels = batch * Down::patches * Across::patches;
    const int stages_a_part = static_cast<int>(blocks_for(pixels, std::ptrdiff_t{splits} * stage_depth<T>));
    float* const sums = splits == 1 ? gradient : reinterpret_cast<float*>(scratch);
    launch(cuda, "weight_gradient",
           {.blocks = dim3(blocks_down, blocks_across, splits), .shared_bytes = sizeof(Shared)},
           weight_gradient_kernel<T, Down, Across, In, Out, HasBias>, pixels, stages_a_part * stage_depth<T>, x,
           output_gradient, sums);
    if constexpr (splits > 1)
        launch(cuda, "add_parts", {.blocks = blocks_for(size, 256)}, add_parts_kernel<float>, sums, splits, size,
               gradient);
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
