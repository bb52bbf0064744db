#pragma once

#include "tinyres/backend/cuda/channel_passes.hpp"
#include "tinyres/backend/cuda/channel_sums.hpp"
#include "tinyres/backend/cuda/part_moments.hpp"
#include "tinyres/layers/batch_norm.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// BatchNorm's weight and bias, or their gradients; null where the layer has none.
template <class Number>
struct BatchNormTensors {
    Number* weight = nullptr;
    Number* bias = nullptr;
};

/// Of each channel, arrays (Channels) one after the other: what BatchNorm normalizes with.
template <int Channels>
struct BatchNormScales {
    float mean[Channels];
    float inverse_deviation[Channels];
    float scale[Channels]; ///< z = x * scale + shift
    float shift[Channels];

    __device__ __forceinline__ void set(int c, double channel_mean, double variance, double epsilon,
                                        const BatchNormTensors<const float>& parameters) {
        const auto inverse = static_cast<float>(1.0 / std::sqrt(variance + epsilon));
        mean[c] = static_cast<float>(channel_mean);
        inverse_deviation[c] = inverse;
        scale[c] = parameters.weight ? parameters.weight[c] * inverse : inverse;
        shift[c] = (parameters.bias ? parameters.bias[c] : 0.0f) - mean[c] * scale[c];
    }
};

/// Of each channel: what its input's gradient is made of, dx = dz * scale + x * slope + constant.
template <int Channels>
struct BatchNormSlopes {
    float slope[Channels];
    float constant[Channels];
};

/// partial (Channels, gridDim.x): the moments of `rows_a_block` rows of x (rows, Channels) each.
template <class T, int Channels>
__global__ void __launch_bounds__(256) moments_kernel(int rows, int rows_a_block, const T* x, PartMoments* partial) {
    using Passes = ChannelPasses<T, Channels, 1, false>;
    using Tile = typename Passes::Tile;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    const T* const first_row = x + std::ptrdiff_t{begin} * Channels;
    float origin[Tile::width] = {};
    float sum[Tile::width] = {};
    float square[Tile::width] = {};
    if (mine.at_work) load_vector(origin, first_row + mine.channel());
    Passes::moments(mine, begin, end, x, origin, sum, square);
    shared_memory<ChannelSums<Tile>>().add(
        mine.first_channel, Channels, sum, square, [&](int c, double total, double total_square) {
            partial[std::ptrdiff_t{c} * gridDim.x + blockIdx.x] = {
                static_cast<float>(first_row[c]), static_cast<float>(total), static_cast<float>(total_square)};
        });
}

/// Adds up the moments of parts (Channels, parts) of `rows_a_part` rows, the last of what is left; `scales` of the
/// batch's mean and biased variance, and the running statistics (2, Channels) with the unbiased one. A block takes a
/// channel.
template <int Channels>
__global__ void __launch_bounds__(BlockSum<TwoSums>::threads)
    finish_moments_kernel(int rows, int rows_a_part, int parts, const PartMoments* partial, double epsilon,
                          float momentum, BatchNormTensors<const float> parameters, float* statistics,
                          BatchNormScales<Channels>* scales) {
    const int c = static_cast<int>(blockIdx.x);
    const PartMoments* const mine = partial + std::ptrdiff_t{c} * parts;
    const auto origin = static_cast<double>(mine[0].origin);
    const TwoSums sums = shared_memory<BlockSum<TwoSums>>().of(parts, [&](int part) {
        const int rest = rows - part * rows_a_part;
        return mine[part].about(origin, rest < rows_a_part ? rest : rows_a_part);
    });
    if (threadIdx.x != 0) return;
    const double distance = sums.first / rows;
    const double spread = sums.second / rows - distance * distance;
    const double variance = spread < 0.0 ? 0.0 : spread; // a NaN stays one
    scales->set(c, origin + distance, variance, epsilon, parameters);
    const auto record = [momentum](float& running, float value) { running += momentum * (value - running); };
    record(statistics[c], scales->mean[c]);
    record(statistics[Channels + c], static_cast<float>(variance * rows / (rows > 1 ? rows - 1.0 : 1.0)));
}

/// `scales` of the running statistics (2, Channels).
template <int Channels>
__global__ void recorded_scales_kernel(const float* statistics, double epsilon,
                                       BatchNormTensors<const float> parameters, BatchNormScales<Channels>* scales) {
    const int c = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (c >= Channels) return;
    scales->set(c, static_cast<double>(statistics[c]), static_cast<double>(statistics[Channels + c]), epsilon,
                parameters);
}

/// y = relu(x * scale + shift) * factor for x and y (rows, Channels), rows being Pixels an image.
template <class T, int Channels, int Pixels, bool Rectified>
__global__ void __launch_bounds__(256)
    normalize_kernel(int rows, int rows_a_block, const T* x, const BatchNormScales<Channels>* scales, DropoutMask mask,
                     T* y) {
    using Passes = ChannelPasses<T, Channels, Pixels, Rectified>;
    const typename Passes::Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    typename Passes::Numbers scale, shift;
    mine.load(scale, scales->scale);
    mine.load(shift, scales->shift);
    Passes::normalize(mine, begin, end, x, scale, shift, mask, y);
}

/// partial (Channels, gridDim.x): sums of dz and of dz * (x - mean) over `rows_a_block` rows each.
template <class T, int Channels, int Pixels, bool Rectified>
__global__ void __launch_bounds__(256)
    gradient_sums_kernel(int rows, int rows_a_block, const T* x, const T* dy, const BatchNormScales<Channels>* scales,
                         DropoutMask mask, TwoSums* partial) {
    using Passes = ChannelPasses<T, Channels, Pixels, Rectified>;
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
    shared_memory<ChannelSums<Tile>>().add(
        mine.first_channel, Channels, sum, product, [&](int c, double total, double total_product) {
            partial[std::ptrdiff_t{c} * gridDim.x + blockIdx.x] = {total, total_product};
        });
}

/// Adds up the partial sums (Channels, parts): the gradients of weight and bias (Channels), and the slopes. A block
/// takes a channel. With xh = (x - mean) * inverse_deviation, M rows and all sums over them:
///     dx = scale * (dz - sum(dz) / M - xh * sum(dz * xh) / M)
template <int Channels>
__global__ void __launch_bounds__(BlockSum<TwoSums>::threads)
    finish_gradient_kernel(int rows, int parts, const TwoSums* partial, const BatchNormScales<Channels>* scales,
                           BatchNormTensors<float> gradients, BatchNormSlopes<Channels>* slopes) {
    const int c = static_cast<int>(blockIdx.x);
    const TwoSums* const mine = partial + std::ptrdiff_t{c} * parts;
    const TwoSums sums = shared_memory<BlockSum<TwoSums>>().of(parts, [&](int part) { return mine[part]; });
    if (threadIdx.x != 0) return;
    const auto scale = static_cast<double>(scales->scale[c]);
    const auto inverse = static_cast<double>(scales->inverse_deviation[c]);
    const double product = sums.second * inverse;
    if (gradients.weight) gradients.weight[c] = static_cast<float>(product);
    if (gradients.bias) gradients.bias[c] = static_cast<float>(sums.first);
    const double per_distance = -scale * inverse * product / rows;
    slopes->slope[c] = static_cast<float>(per_distance);
    slopes->constant[c] =
        static_cast<float>(-scale * sums.first / rows - per_distance * static_cast<double>(scales->mean[c]));
}

/// dx = dz * scale + x * slope + constant.
template <class T, int Channels, int Pixels, bool Rectified>
__global__ void __launch_bounds__(256)
    normalize_gradient_kernel(int rows, int rows_a_block, const T* x, const T* dy,
                              const BatchNormScales<Channels>* scales, DropoutMask mask,
                              const BatchNormSlopes<Channels>* slopes, T* dx) {
    using Passes = ChannelPasses<T, Channels, Pixels, Rectified>;
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

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
