#pragma once

#include "tinyres/backend/cuda/block_reduce.hpp"
#include "tinyres/backend/cuda/channel_passes.hpp"
#include "tinyres/backend/cuda/channel_sums.hpp"
#include "tinyres/layers/group_norm.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// A block's memory for the groups of one image.
template <class Tile, int Groups>
struct GroupSums {
    static constexpr int group_channels = Tile::channels / Groups;

    ChannelSums<Tile> sums;
    double first[Tile::channels]; ///< of each channel
    double second[Tile::channels];
    float of_group[4][Groups]; ///< what the groups' sums lead to

    static __device__ int group_of(int channel) { return channel / group_channels; }

    /// Calls `function(group, sum of first, sum of second)` in one thread for each group, a warp adds up. `weight(c)`
    /// is what a channel counts. All threads of the block call it, after a barrier.
    template <class Weight, class Function>
    __device__ __forceinline__ void for_groups(Weight weight, Function function) const {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        for (int group = static_cast<int>(threadIdx.x) / 32; group < Groups; group += Tile::threads / 32) {
            double sum_first = 0.0;
            double sum_second = 0.0;
            for (int i = lane; i < group_channels; i += 32) {
                const int c = group * group_channels + i;
                sum_first += weight(c) * first[c];
                sum_second += weight(c) * second[c];
            }
            sum_first = warp_sum(sum_first);
            sum_second = warp_sum(sum_second);
            if (lane == 0) function(group, sum_first, sum_second);
        }
    }
};

/// y = relu((x - mean) / deviation * weight + bias) * factor with mean and deviation of an image's group; a block takes
/// an image. x and y (batch, Pixels, Channels), parameters (2, Channels); moments (batch, Groups, 2), unless null, keep
/// mean and inverse deviation.
template <class T, int Channels, int Pixels, int Groups, bool Rectified>
__global__ void __launch_bounds__(256)
    group_norm_kernel(const T* x, const float* parameters, DropoutMask mask, float* moments, T* y) {
    using Passes = ChannelPasses<T, Channels, Pixels, Rectified>;
    using Tile = typename Passes::Tile;
    using Numbers = typename Passes::Numbers;
    auto& shared = shared_memory<GroupSums<Tile, Groups>>();
    const int image = static_cast<int>(blockIdx.x);
    const int begin = image * Pixels;
    const T* const first_pixel = x + std::ptrdiff_t{begin} * Channels;
    const auto origin_of = [&](int group) { return static_cast<float>(first_pixel[group * shared.group_channels]); };

    for (int block = 0; block < Tile::blocks_across; ++block) {
        const Tile mine(block);
        Numbers origin = {}, sum = {}, square = {};
        if (mine.at_work)
            for (int j = 0; j < Tile::width; ++j) origin[j] = origin_of(shared.group_of(mine.channel() + j));
        Passes::moments(mine, begin, begin + Pixels, x, origin, sum, square);
        shared.sums.add(mine.first_channel, Channels, sum, square, [&](int c, double total, double total_square) {
            shared.first[c] = total;
            shared.second[c] = total_square;
        });
    }
    shared.for_groups([](int) { return 1.0; },
                      [&](int group, double sum, double square) {
                          const double count = static_cast<double>(Pixels) * shared.group_channels;
                          const double distance = sum / count;
                          const double spread = square / count - distance * distance;
                          const double variance = spread < 0.0 ? 0.0 : spread; // a NaN stays one
                          const auto mean = static_cast<float>(static_cast<double>(origin_of(group)) + distance);
                          const auto inverse =
                              static_cast<float>(1.0 / std::sqrt(variance + GroupNorm<Groups>::epsilon));
                          shared.of_group[0][group] = mean;
                          shared.of_group[1][group] = inverse;
                          if (moments) {
                              moments[(std::ptrdiff_t{image} * Groups + group) * 2] = mean;
                              moments[(std::ptrdiff_t{image} * Groups + group) * 2 + 1] = inverse;
                          }
                      });
    __syncthreads();
    for (int block = 0; block < Tile::blocks_across; ++block) {
        const Tile mine(block);
        Numbers scale = {}, shift = {};
        if (mine.at_work)
            for (int j = 0; j < Tile::width; ++j) {
                const int c = mine.channel() + j;
                scale[j] = parameters[c] * shared.of_group[1][shared.group_of(c)];
                shift[j] = parameters[Channels + c] - shared.of_group[0][shared.group_of(c)] * scale[j];
            }
        Passes::normalize(mine, begin, begin + Pixels, x, scale, shift, mask, y);
    }
}

/// The gradients of an image a block: dx, unless null, and image_sums (2, Channels, batch), its part of the gradients
/// of weight and bias. With g = dz * weight, xh the normalized x, M values a group and all sums over them:
///     dx = (g - sum(g) / M - xh * sum(g * xh) / M) / deviation
template <class T, int Channels, int Pixels, int Groups, bool Rectified>
__global__ void __launch_bounds__(256)
    group_norm_gradient_kernel(const T* x, const T* dy, const float* parameters, DropoutMask mask, const float* moments,
                               float* image_sums, T* dx) {
    using Passes = ChannelPasses<T, Channels, Pixels, Rectified>;
    using Tile = typename Passes::Tile;
    using Numbers = typename Passes::Numbers;
    auto& shared = shared_memory<GroupSums<Tile, Groups>>();
    auto& slope = shared.of_group[2];
    auto& constant = shared.of_group[3];
    const int image = static_cast<int>(blockIdx.x);
    const int begin = image * Pixels;
    for (int group = static_cast<int>(threadIdx.x); group < Groups; group += Tile::threads)
        for (int i = 0; i < 2; ++i)
            shared.of_group[i][group] = moments[(std::ptrdiff_t{image} * Groups + group) * 2 + i];
    __syncthreads();
    const auto load = [&](const Tile& mine, Numbers& scale, Numbers& shift, Numbers& mean) {
        for (int j = 0; j < Tile::width; ++j) {
            scale[j] = shift[j] = mean[j] = 0.0f;
            if (!mine.at_work) continue;
            const int c = mine.channel() + j;
            mean[j] = shared.of_group[0][shared.group_of(c)];
            scale[j] = parameters[c] * shared.of_group[1][shared.group_of(c)];
            shift[j] = parameters[Channels + c] - mean[j] * scale[j];
        }
    };
    for (int block = 0; block < Tile::blocks_across; ++block) {
        const Tile mine(block);
        Numbers scale, shift, mean, sum = {}, product = {};
        load(mine, scale, shift, mean);
        Passes::gradient_sums(mine, begin, begin + Pixels, x, dy, scale, shift, mask, mean, sum, product);
        float* const to = image_sums + image;
        const auto batch = static_cast<std::ptrdiff_t>(gridDim.x);
        shared.sums.add(mine.first_channel, Channels, sum, product, [&](int c, double total, double total_product) {
            const double normalized = total_product * static_cast<double>(shared.of_group[1][shared.group_of(c)]);
            shared.first[c] = total;
            shared.second[c] = normalized;
            to[c * batch] = static_cast<float>(normalized);
            to[(Channels + c) * batch] = static_cast<float>(total);
        });
    }
    if (!dx) return; // in all threads
    shared.for_groups([&](int c) { return static_cast<double>(parameters[c]); },
                      [&](int group, double sum, double product) {
                          const double count = static_cast<double>(Pixels) * shared.group_channels;
                          const auto inverse = static_cast<double>(shared.of_group[1][group]);
                          const double per_distance = -inverse * inverse * product / count;
                          slope[group] = static_cast<float>(per_distance);
                          constant[group] = static_cast<float>(
                              -inverse * sum / count - per_distance * static_cast<double>(shared.of_group[0][group]));
                      });
    __syncthreads();
    for (int block = 0; block < Tile::blocks_across; ++block) {
        const Tile mine(block);
        Numbers scale, shift, mean, slopes = {}, constants = {};
        load(mine, scale, shift, mean);
        if (mine.at_work)
            for (int j = 0; j < Tile::width; ++j) {
                slopes[j] = slope[shared.group_of(mine.channel() + j)];
                constants[j] = constant[shared.group_of(mine.channel() + j)];
            }
        Passes::gradient(mine, begin, begin + Pixels, x, dy, scale, shift, mask, slopes, constants, dx);
    }
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
