#pragma once

#include "tinyres/backend/cuda/dropout_mask.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// to = from * factor[image, channel] for (rows, Channels), rows being Pixels an image.
template <class Value, int Channels, int Pixels>
__global__ void __launch_bounds__(256)
    scale_channels_kernel(int rows, int rows_a_block, const Value* from, DropoutMask mask, Value* to) {
    using Tile = ChannelTile<Value, Channels>;
    const Tile mine(static_cast<int>(blockIdx.y));
    const int begin = static_cast<int>(blockIdx.x) * rows_a_block;
    const int end = begin + rows_a_block < rows ? begin + rows_a_block : rows;
    mine.template for_rows<4>(
        begin, end, [&](int row) { return read_vector<Tile::width>(from + mine.at(row)); },
        [&](int row, const Vector<Value, Tile::width>& loaded) {
            const std::uint8_t kept = mask.load(std::ptrdiff_t{row / Pixels} * Tile::vectors + mine.vector);
            float values[Tile::width];
            to_floats(values, loaded);
            for (int j = 0; j < Tile::width; ++j) values[j] *= mask.of(kept, j);
            store_vector(values, to + mine.at(row));
        });
}

/// y = x * factor[n, c] in training, y = x in prediction.
template <class T, int Numerator, int Denominator, class In>
struct Dropout2dKernel {
    using Value = Stored<Cuda<T>, In>;
    using Masks = DropoutMasks<Dropout2d<Numerator, Denominator>, Value, In::channels>;
    static constexpr KernelNeeds needs{.saved_per_image = Masks::bytes_per_image};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, Value>& pass) {
        DropoutMask mask;
        if (pass.training) mask = Masks::draw(cuda, pass.batch, pass.random, pass.saved);
        scale(cuda, pass.batch, pass.input, mask, pass.output);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, Value>& pass) {
        if (pass.input_gradient)
            scale(cuda, pass.batch, pass.output_gradient, Masks::in(pass.saved), pass.input_gradient);
    }

private:
    static void scale(const Cuda<T>& cuda, int batch, const Value* from, const DropoutMask& mask, Value* to) {
        using Tile = ChannelTile<Value, In::channels>;
        constexpr int rows_a_block = 4 * Tile::down;
        const int rows = batch * In::pixels;
        launch(cuda, "scale_channels", {.blocks = dim3(blocks_for(rows, rows_a_block), Tile::blocks_across)},
               scale_channels_kernel<Value, In::channels, In::pixels>, rows, rows_a_block, from, mask, to);
    }
};

} // namespace cuda

template <class T, int Numerator, int Denominator, class In>
struct Kernel<Cuda<T>, Bound<Dropout2d<Numerator, Denominator>, In>>
    : cuda::Dropout2dKernel<T, Numerator, Denominator, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
