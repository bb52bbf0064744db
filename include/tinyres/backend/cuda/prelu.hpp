#pragma once

#include "tinyres/backend/cuda/channel_sums.hpp"
#include "tinyres/backend/cuda/channel_tile.hpp"
#include "tinyres/backend/cuda/sum_rows.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/prelu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The slopes of this thread's channels.
template <Slopes slopes, class Tile>
__device__ __forceinline__ void load_slopes(float (&to)[Tile::width], const Tile& mine, const float* weight) {
    if constexpr (slopes == Slopes::per_channel)
        mine.load(to, weight);
    else
        for (float& slope : to) slope = weight[0];
}

/// y = x where x > 0, else slope * x, for x and y (rows, Channels).
template <class Value, int Channels, Slopes slopes>
__global__ void __launch_bounds__(256)
    prelu_kernel(int rows, int rows_a_block, const Value* x, const float* weight, Value* y) {
    using Tile = ChannelTile<Value, Channels>;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    float slope[Tile::width];
    load_slopes<slopes>(slope, mine, weight);
    mine.template for_rows<4>(
        begin, end, [&](int row) { return read_vector<Tile::width>(x + mine.at(row)); },
        [&](int row, const Vector<Value, Tile::width>& loaded) {
            float values[Tile::width];
            to_floats(values, loaded);
            for (int j = 0; j < Tile::width; ++j) values[j] = values[j] > 0.0f ? values[j] : slope[j] * values[j];
            store_vector(values, y + mine.at(row));
        });
}

/// dx = dy where x > 0, else slope * dy, unless `dx` is null; partial (Channels, gridDim.x): the sums of x * dy where
/// x <= 0 over `rows_a_block` rows each.
template <class Value, int Channels, Slopes slopes>
__global__ void __launch_bounds__(256)
    prelu_gradient_kernel(int rows, int rows_a_block, const Value* x, const Value* dy, const float* weight, Value* dx,
                          float* partial) {
    using Tile = ChannelTile<Value, Channels>;
    struct Loaded {
        Vector<Value, Tile::width> x;
        Vector<Value, Tile::width> dy;
    };
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    float slope[Tile::width];
    load_slopes<slopes>(slope, mine, weight);
    float sum[Tile::width] = {};
    mine.template for_rows<2>(
        begin, end,
        [&](int row) {
            return Loaded{read_vector<Tile::width>(x + mine.at(row)), read_vector<Tile::width>(dy + mine.at(row))};
        },
        [&](int row, const Loaded& loaded) {
            float values[Tile::width], gradients[Tile::width];
            to_floats(values, loaded.x);
            to_floats(gradients, loaded.dy);
            for (int j = 0; j < Tile::width; ++j) {
                if (values[j] > 0.0f) continue;
                sum[j] += values[j] * gradients[j];
                gradients[j] *= slope[j];
            }
            if (dx) store_vector(gradients, dx + mine.at(row));
        });
    const float nothing[Tile::width] = {};
    shared_memory<ChannelSums<Tile>>().add(
        mine.first_channel, Channels, sum, nothing, [&](int c, double total, double) {
            partial[std::ptrdiff_t{c} * gridDim.x + blockIdx.x] = static_cast<float>(total);
        });
}

/// PReLU. The slopes' gradients are summed in parts, each by a block, which a second kernel adds up, always in the same
/// order.
template <class T, Slopes slopes, class In>
struct PReluKernel {
    using Value = Stored<Cuda<T>, In>;
    static constexpr int channels = In::channels;
    using Tile = ChannelTile<Value, channels>;
    // Four blocks for each multiprocessor of a large GPU.
    static constexpr int most_parts = (std::max)(528 / Tile::blocks_across, 1);
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .scratch_shared = sizeof(float) * channels * most_parts};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        constexpr int rows_a_block = 4 * Tile::down;
        const int rows = pass.batch * In::pixels;
        launch(cuda, "prelu", {.blocks = dim3(blocks_for(rows, rows_a_block), Tile::blocks_across)},
               prelu_kernel<Value, channels, slopes>, rows, rows_a_block, pass.input, pass.parameters, pass.output);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Value>& pass) {
        const int rows = pass.batch * In::pixels;
        const int rows_a_part =
            Tile::down * static_cast<int>(blocks_for(rows, std::ptrdiff_t{most_parts} * Tile::down));
        const unsigned parts = blocks_for(rows, rows_a_part);
        auto* const partial = reinterpret_cast<float*>(pass.scratch);
        launch(cuda, "prelu_gradient",
               {.blocks = dim3(parts, Tile::blocks_across), .shared_bytes = sizeof(ChannelSums<Tile>)},
               prelu_gradient_kernel<Value, channels, slopes>, rows, rows_a_part, pass.input, pass.output_gradient,
               pass.parameters, pass.input_gradient, partial);
        constexpr bool one = slopes == Slopes::one;
        sum_rows(cuda, one ? 1 : channels, static_cast<int>(parts) * (one ? channels : 1), partial,
                 pass.parameter_gradients);
    }
};

} // namespace cuda

template <class T, Slopes slopes, class In>
struct Kernel<Cuda<T>, Bound<PReLU<slopes>, In>> : cuda::PReluKernel<T, slopes, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
