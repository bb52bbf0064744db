#pragma once

#include "tinyres/backend/cuda/block_reduce.hpp"
#include "tinyres/backend/cuda/intrinsics.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// WeightedSum's formula, an element a thread.
inline __global__ void weighted_sum_kernel(std::ptrdiff_t count, float x_weight, float y_weight, const float* x,
                                           float* y) {
    const std::ptrdiff_t i = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i < count) y[i] = y_weight == 0.0f ? x_weight * x[i] : x_weight * x[i] + y_weight * y[i];
}

template <class T>
struct WeightedSumKernel {
    static void apply(const Cuda<T>& cuda, const WeightedSum& sum, std::size_t size, const float* x, float* y) {
        const auto count = static_cast<std::ptrdiff_t>(size);
        launch(cuda, "weighted_sum", {.blocks = blocks_for(count, 256)}, weighted_sum_kernel, count,
               static_cast<float>(sum.x_weight), static_cast<float>(sum.y_weight), x, y);
    }
};

/// The sum of the squares of a slice of values, a slice a block.
inline __global__ void __launch_bounds__(BlockSum<double>::threads)
    sum_squares_kernel(std::ptrdiff_t count, const float* values, double* sums) {
    constexpr auto slice = static_cast<std::ptrdiff_t>(NormClip::slice);
    const std::ptrdiff_t first = std::ptrdiff_t{blockIdx.x} * slice;
    const auto here = static_cast<int>(first + slice < count ? slice : count - first);
    const double sum = shared_memory<BlockSum<double>>().of(here, [&](int i) {
        const auto value = static_cast<double>(values[first + i]);
        return value * value;
    });
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/// The root of the sum of the slices' sums, by one block.
inline __global__ void __launch_bounds__(BlockSum<double>::threads)
    norm_kernel(int slices, const double* sums, float* norm) {
    const double sum = shared_memory<BlockSum<double>>().of(slices, [&](int i) { return sums[i]; });
    if (threadIdx.x == 0) *norm = static_cast<float>(sqrt(sum));
}

/// Values multiplied by NormClip's factor, an element a thread.
inline __global__ void clip_kernel(std::ptrdiff_t count, double max_norm, const float* norm, float* values) {
    const std::ptrdiff_t i = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i < count) values[i] *= static_cast<float>(NormClip::factor(max_norm, static_cast<double>(*norm)));
}

template <class T>
struct NormClipKernel {
    static void sum_squares(const Cuda<T>& cuda, const float* values, std::size_t count, double* sums) {
        launch(cuda, "sum_squares", sums_of(static_cast<unsigned>(NormClip::slices(count))), sum_squares_kernel,
               static_cast<std::ptrdiff_t>(count), values, sums);
    }
    static void find_norm(const Cuda<T>& cuda, const double* sums, std::size_t slices, float* norm) {
        launch(cuda, "norm", sums_of(1), norm_kernel, static_cast<int>(slices), sums, norm);
    }
    static void apply(const Cuda<T>& cuda, const NormClip& clip, const float* norm, std::size_t size, float* values) {
        const auto count = static_cast<std::ptrdiff_t>(size);
        launch(cuda, "clip", {.blocks = blocks_for(count, 256)}, clip_kernel, count, clip.max_norm, norm, values);
    }

private:
    static Grid sums_of(unsigned blocks) {
        return {.blocks = dim3(blocks),
                .threads = dim3(BlockSum<double>::threads),
                .shared_bytes = sizeof(BlockSum<double>)};
    }
};

} // namespace cuda

template <class T>
struct Kernel<Cuda<T>, WeightedSum> : cuda::WeightedSumKernel<T> {};

template <class T>
struct Kernel<Cuda<T>, NormClip> : cuda::NormClipKernel<T> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
