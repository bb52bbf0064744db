#pragma once

#include "tinyres/backend/cuda/block_reduce.hpp"
#include "tinyres/backend/cuda/channel_passes.hpp"
#include "tinyres/layers/batch_norm.hpp"

#include <cmath>

namespace tinyres::inline TINYRES_ARCH {

/// Of each channel, arrays (Channels) one after the other: what BatchNorm normalises with.
template <int Channels>
struct BatchNormScales {
    float mean[Channels];
    float inverse_deviation[Channels];
    float scale[Channels]; ///< z = x * scale + shift
    float shift[Channels];

    __device__ __forceinline__ void set(int c, double channel_mean, double variance, const float* parameters) {
        const auto inverse = static_cast<float>(1.0 / std::sqrt(variance + BatchNorm::epsilon));
        mean[c] = static_cast<float>(channel_mean);
        inverse_deviation[c] = inverse;
        scale[c] = parameters[c] * inverse;
        shift[c] = parameters[Channels + c] - mean[c] * scale[c];
    }
};

/// Of each channel: what its input's gradient is made of, dx = dz * scale + x * slope + constant.
template <int Channels>
struct BatchNormSlopes {
    float slope[Channels];
    float constant[Channels];
};

/// partial (blockIdx.x, 2, Channels): sums of x - origin and of (x - origin)^2 over `rows_a_block` rows of x
/// (rows, Channels); origin is the first row.
template <class T, int Channels>
__global__ void __launch_bounds__(256) moments_kernel(int rows, int rows_a_block, const T* x, double* partial) {
    using Passes = CudaChannelPasses<T, Channels, 1, false>;
    using Tile = typename Passes::Tile;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    float origin[Tile::width] = {};
    float sum[Tile::width] = {};
    float square[Tile::width] = {};
    if (mine.at_work) load_vector(origin, x + mine.channel());
    Passes::moments(mine, begin, end, x, origin, sum, square);
    double* const to = partial + std::ptrdiff_t{blockIdx.x} * 2 * Channels;
    shared_memory<ChannelSums<Tile>>().add(static_cast<int>(blockIdx.y), sum, square,
                                           [&](int c, double total, double total_square) {
                                               to[c] = total;
                                               to[Channels + c] = total_square;
                                           });
}

/// Adds up the partial sums; `scales` of the batch's mean and biased variance, and the running statistics (2, Channels)
/// with the unbiased one. A block takes as many channels as ColumnSums.
template <class T, int Channels>
__global__ void __launch_bounds__(ColumnSums::threads)
    finish_moments_kernel(int rows, int parts, const double* partial, const T* x, const float* parameters,
                          float* statistics, BatchNormScales<Channels>* scales) {
    ColumnSums& sums = shared_memory<ColumnSums>();
    const int c = static_cast<int>(blockIdx.x * ColumnSums::across + threadIdx.x);
    const double total = sums.add(partial, parts, 2 * Channels, c < Channels ? c : 2 * Channels);
    const double total_square = sums.add(partial, parts, 2 * Channels, Channels + c);
    if (threadIdx.y != 0 || c >= Channels) return;
    const double distance = total / rows;
    const double spread = total_square / rows - distance * distance;
    const double variance = spread < 0.0 ? 0.0 : spread; // a NaN stays one
    scales->set(c, static_cast<double>(static_cast<float>(x[c])) + distance, variance, parameters);
    const auto record = [](float& running, float value) {
        running += static_cast<float>(BatchNorm::momentum) * (value - running);
    };
    record(statistics[c], scales->mean[c]);
    record(statistics[Channels + c], static_cast<float>(variance * rows / (rows > 1 ? rows - 1.0 : 1.0)));
}

/// `scales` of the running statistics (2, Channels).
template <int Channels>
__global__ void recorded_scales_kernel(const float* statistics, const float* parameters,
                                       BatchNormScales<Channels>* scales) {
    const int c = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (c >= Channels) return;
    scales->set(c, static_cast<double>(statistics[c]), static_cast<double>(statistics[Channels + c]), parameters);
}

/// y = relu(x * scale + shift) * factor for x and y (rows, Channels), rows being Pixels an image.
template <class T, int Channels, int Pixels, bool Rectified>
__global__ void __launch_bounds__(256)
    normalize_kernel(int rows, int rows_a_block, const T* x, const BatchNormScales<Channels>* scales, DropoutMask mask,
                     T* y) {
    using Passes = CudaChannelPasses<T, Channels, Pixels, Rectified>;
    const typename Passes::Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    typename Passes::Numbers scale, shift;
    mine.load(scale, scales->scale);
    mine.load(shift, scales->shift);
    Passes::normalize(mine, begin, end, x, scale, shift, mask, y);
}

/// partial (blockIdx.x, 2, Channels): sums of dz and of dz * (x - mean) over `rows_a_block` rows.
template <class T, int Channels, int Pixels, bool Rectified>
__global__ void __launch_bounds__(256)
    gradient_sums_kernel(int rows, int rows_a_block, const T* x, const T* dy, const BatchNormScales<Channels>* scales,
                         DropoutMask mask, double* partial) {
    using Passes = CudaChannelPasses<T, Channels, Pixels, Rectified>;
    using Tile = typename Passes::Tile;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    float scale[Tile::width], shift[Tile::width], mean[Tile::width];
    mine.load(scale, scales->scale);
    mine.load(shift, scales->shift);
    mine.load(mean, scales->mean);
    float sum[Tile::width] = {};
    float product[Tile::width] = {};
    Passes::gradient_sums(mine, begin, end, x, dy, scale, shift, mask, mean, sum, product);
    double* const to = partial + std::ptrdiff_t{blockIdx.x} * 2 * Channels;
    shared_memory<ChannelSums<Tile>>().add(static_cast<int>(blockIdx.y), sum, product,
                                           [&](int c, double total, double total_product) {
                                               to[c] = total;
                                               to[Channels + c] = total_product;
                                           });
}

/// Adds up the partial sums: gradients (2, Channels) of weight and bias, and the slopes. A block takes as many
/// channels as ColumnSums. With xh = (x - mean) * inverse_deviation, M rows and all sums over them:
///     dx = scale * (dz - sum(dz) / M - xh * sum(dz * xh) / M)
template <int Channels>
__global__ void __launch_bounds__(ColumnSums::threads)
    finish_gradient_kernel(int rows, int parts, const double* partial, const BatchNormScales<Channels>* scales,
                           float* gradients, BatchNormSlopes<Channels>* slopes) {
    ColumnSums& sums = shared_memory<ColumnSums>();
    const int c = static_cast<int>(blockIdx.x * ColumnSums::across + threadIdx.x);
    const double sum = sums.add(partial, parts, 2 * Channels, c < Channels ? c : 2 * Channels);
    const double distance_product = sums.add(partial, parts, 2 * Channels, Channels + c);
    if (threadIdx.y != 0 || c >= Channels) return;
    const auto scale = static_cast<double>(scales->scale[c]);
    const auto inverse = static_cast<double>(scales->inverse_deviation[c]);
    const double product = distance_product * inverse;
    gradients[c] = static_cast<float>(product);
    gradients[Channels + c] = static_cast<float>(sum);
    const double per_distance = -scale * inverse * product / rows;
    slopes->slope[c] = static_cast<float>(per_distance);
    slopes->constant[c] = static_cast<float>(-scale * sum / rows - per_distance * static_cast<double>(scales->mean[c]));
}

/// dx = dz * scale + x * slope + constant.
template <class T, int Channels, int Pixels, bool Rectified>
__global__ void __launch_bounds__(256)
    normalize_gradient_kernel(int rows, int rows_a_block, const T* x, const T* dy,
                              const BatchNormScales<Channels>* scales, DropoutMask mask,
                              const BatchNormSlopes<Channels>* slopes, T* dx) {
    using Passes = CudaChannelPasses<T, Channels, Pixels, Rectified>;
    const typename Passes::Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    typename Passes::Numbers scale, shift, slope, constant;
    mine.load(scale, scales->scale);
    mine.load(shift, scales->shift);
    mine.load(slope, slopes->slope);
    mine.load(constant, slopes->constant);
    Passes::gradient(mine, begin, end, x, dy, scale, shift, mask, slope, constant, dx);
}

} // namespace tinyres::inline TINYRES_ARCH
