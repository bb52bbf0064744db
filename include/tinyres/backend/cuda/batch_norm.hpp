#pragma once

#include "tinyres/backend/cuda/batch_norm_kernels.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/memory.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// BatchNorm with what follows it in one pass: ReLU if `Rectified`, then `Dropout`. Sums over the batch are made in
/// parts, each by a block, which a second kernel adds up, always in the same order.
template <class T, class Norm, class In, bool Rectified, class Dropout>
struct BatchNormKernel {
    static constexpr int channels = In::channels;
    using Value = Stored<Cuda<T>, In>;          // vectors stay float in mixed precision
    static constexpr bool takes_moments = true; ///< whether forward may be given those of its input
    using Tile = ChannelTile<Value, channels>;
    using Scales = BatchNormScales<channels>;
    using Slopes = BatchNormSlopes<channels>;
    using Masks = DropoutMasks<Dropout, Value, channels>;
    using Backend = Cuda<T>;
    // Four blocks for each multiprocessor of a large GPU.
    static constexpr int most_parts = (std::max)(528 / Tile::blocks_across, 1);
    static constexpr std::size_t partial_bytes =
        cache_lines((std::max)(sizeof(PartMoments), sizeof(TwoSums)) * channels * most_parts);

    // Scratch: the partial sums; the scales in prediction, the slopes in backward.
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .saved_per_image = Masks::bytes_per_image,
                                       .saved_once = sizeof(Scales),
                                       .scratch_shared = partial_bytes + (std::max)(sizeof(Scales), sizeof(Slopes))};

    static void forward(const Backend& cuda, const ForwardPass<float, Value>& pass) {
        const int rows = pass.batch * In::pixels;
        const Parts parts(rows);
        auto* const moments = reinterpret_cast<PartMoments*>(pass.scratch);
        if (pass.training)
            launch(cuda, "moments", parts.grid(), moments_kernel<Value, channels>, rows, parts.rows, pass.input,
                   moments);
        forward(cuda, pass, moments, parts.rows);
    }

    /// With the moments of the input (channels, parts of `rows_a_part` rows), which training needs.
    static void forward(const Backend& cuda, const ForwardPass<float, Value>& pass, const PartMoments* moments,
                        int rows_a_part) {
        const int rows = pass.batch * In::pixels;
        auto* const scales = reinterpret_cast<Scales*>(pass.training ? pass.saved_once : pass.scratch + partial_bytes);
        DropoutMask mask;
        if (pass.training) {
            mask = Masks::draw(cuda, pass.batch, pass.random, pass.saved);
            launch(cuda, "finish_moments", finish_grid, finish_moments_kernel<channels>, rows, rows_a_part,
                   static_cast<int>(blocks_for(rows, rows_a_part)), moments, Norm::epsilon,
                   static_cast<float>(Norm::momentum), tensors(pass.parameters), pass.updated_statistics, scales);
        } else {
            launch(cuda, "recorded_scales", {.blocks = blocks_for(channels, 256)}, recorded_scales_kernel<channels>,
                   pass.statistics, Norm::epsilon, tensors(pass.parameters), scales);
        }
        launch(cuda, "normalize", pass_grid(rows), normalize_kernel<Value, channels, In::pixels, Rectified>, rows,
               pass_rows, pass.input, scales, mask, pass.output);
    }

    static void backward(const Backend& cuda, const BackwardPass<float, Value>& pass) {
        const int rows = pass.batch * In::pixels;
        const auto* const scales = reinterpret_cast<const Scales*>(pass.saved_once);
        const DropoutMask mask = Masks::in(pass.saved);
        const Parts parts(rows);
        auto* const partial = reinterpret_cast<TwoSums*>(pass.scratch);
        auto* const slopes = reinterpret_cast<Slopes*>(pass.scratch + partial_bytes);
        launch(cuda, "gradient_sums", parts.grid(), gradient_sums_kernel<Value, channels, In::pixels, Rectified>, rows,
               parts.rows, pass.input, pass.output_gradient, scales, mask, partial);
        launch(cuda, "finish_gradient", finish_grid, finish_gradient_kernel<channels>, rows, parts.count, partial,
               scales, tensors(pass.parameter_gradients), slopes);
        if (pass.input_gradient)
            launch(cuda, "normalize_gradient", pass_grid(rows),
                   normalize_gradient_kernel<Value, channels, In::pixels, Rectified>, rows, pass_rows, pass.input,
                   pass.output_gradient, scales, mask, slopes, pass.input_gradient);
    }

private:
    /// Weight and bias, or their gradients, as they lie in memory.
    template <class Number>
    static BatchNormTensors<Number> tensors(Number* first) {
        constexpr bool weight = Norm::settings.scale;
        constexpr bool bias = Norm::settings.shift;
        return {weight ? first : nullptr, bias ? first + (weight ? channels : 0) : nullptr};
    }

    /// The rows cut into parts that are as even as they can be.
    struct Parts {
        int rows;
        int count;
        explicit Parts(int all_rows)
            : rows(Tile::down * static_cast<int>(blocks_for(all_rows, std::ptrdiff_t{most_parts} * Tile::down))),
              count(static_cast<int>(blocks_for(all_rows, rows))) {}
        Grid grid() const {
            return {.blocks = dim3(static_cast<unsigned>(count), Tile::blocks_across),
                    .shared_bytes = sizeof(ChannelSums<Tile>)};
        }
    };

    // Enough rows a thread that what it holds of its channels was worth loading.
    static constexpr int pass_rows = 8 * Tile::down;
    static Grid pass_grid(int rows) { return {.blocks = dim3(blocks_for(rows, pass_rows), Tile::blocks_across)}; }

    static constexpr Grid finish_grid{.blocks = dim3(channels),
                                      .threads = dim3(BlockSum<TwoSums>::threads),
                                      .shared_bytes = sizeof(BlockSum<TwoSums>)};
};

} // namespace cuda

template <class T, class... Options, class In>
struct Kernel<Cuda<T>, Bound<BatchNormWith<Options...>, In>>
    : cuda::BatchNormKernel<T, BatchNormWith<Options...>, In, false, host::NoDropout> {};

template <class T, class... Options, class In>
struct Kernel<Cuda<T>, Bound<Fused<BatchNormWith<Options...>, ReLU>, In>>
    : cuda::BatchNormKernel<T, BatchNormWith<Options...>, In, true, host::NoDropout> {};

template <class T, class... Options, int Numerator, int Denominator, class In>
struct Kernel<Cuda<T>, Bound<Fused<BatchNormWith<Options...>, ReLU, Dropout2d<Numerator, Denominator>>, In>>
    : cuda::BatchNormKernel<T, BatchNormWith<Options...>, In, true, Dropout2d<Numerator, Denominator>> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
