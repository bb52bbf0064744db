#pragma once

#include "tinyres/backend/cuda/channel_sums.hpp"
#include "tinyres/backend/cuda/filters.hpp"
#include "tinyres/backend/cuda/part_moments.hpp"
#include "tinyres/backend/cuda/patches.hpp"
#include "tinyres/backend/cuda/pooling_windows.hpp"
#include "tinyres/backend/cuda/vector_access.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The tile of outputs that a block of the convolution computes, and the memory that it does so in.
template <class T, int Taps, int In, int Out>
struct ConvolutionTile {
    static constexpr int rows = 128;
    static constexpr int columns = PackedFilters<T, Taps, In, Out>::block_columns;
    static constexpr int stages = 4;

    /// How the threads share the outputs when they store them; as in a ChannelTile.
    struct Threads {
        static constexpr int threads = 256;
        static constexpr int width = vector_width<T, Out>;
        static constexpr int across = columns / width;
        static constexpr int down = threads / across;
    };
    struct Shared {
        union {
            Pipeline<AlongSum<T, rows>, AlongSum<T, columns>, stages> pipeline;
            float outputs[rows][columns + 4]; // four more, so that rows begin in different banks
            ChannelSums<Threads> sums;
        };
        float origins[columns]; ///< of the moments
    };
};

/// Whether blocks consist of whole windows of `Window` x `Window` outputs, so that they can pool them.
template <int Height, int Width, int Window>
inline constexpr bool pools_in_block = 128 % (Width * Window) == 0 && Height % Window == 0;

/// output (batch, Down::patches, Across::patches, Out) = x (batch, Down::size, Across::size, In) convolved with
/// `filters` (PackedFilters), plus `bias` (Out) unless null, on the tensor cores: an implicit matrix product, (pixels,
/// taps In) by (taps In, Out). With Window > 1 the output is pooled, its height and width divided by Window, and
/// `places` (the same shape), unless null, keep which element of a window was its first maximum. `moments` (Out,
/// gridDim.x), unless null, become those of what each block stores of a channel.
template <class T, class Down, class Across, int In, int Out, int Window>
__global__ void __launch_bounds__(256, 2)
    convolution_kernel(int pixels, const T* x, const T* filters, const float* bias, T* output, std::byte* places,
                       PartMoments* moments) {
    using Tile = ConvolutionTile<T, Down::taps * Across::taps, In, Out>;
    using Packed = PackedFilters<T, Down::taps * Across::taps, In, Out>;
    auto& shared = shared_memory<typename Tile::Shared>();
    const int thread = static_cast<int>(threadIdx.x);
    const int first_pixel = static_cast<int>(blockIdx.x) * Tile::rows;
    const int first_column = static_cast<int>(blockIdx.y) * Tile::columns;

    BlockProduct<T, Tile::columns> product;
    shared.pipeline.run(product, Packed::depth / stage_depth<T>, [&](auto& left, auto& right, int stage) {
        for (int i = thread; i < left.chunks; i += product.threads)
            Patches<T, Down, Across, In>::copy_chunk(left.at(i), x, pixels, first_pixel + left.line_of(i),
                                                     stage * stage_depth<T> + left.first_of(i));
        for (int i = thread; i < right.chunks; i += product.threads)
            copy_async(right.at(i),
                       filters + std::ptrdiff_t{first_column + right.line_of(i)} * Packed::depth +
                           stage * stage_depth<T> + right.first_of(i),
                       true);
    });
    product.for_each([&](int row, int column, float value) { shared.outputs[row][column] = value; });
    __syncthreads();

    using Threads = typename Tile::Threads;
    constexpr int width = Threads::width;
    constexpr int elements = Window * Window;
    const int first_output = first_pixel / elements;
    const int rest = pixels / elements - first_output;
    const int count = rest < Tile::rows / elements ? rest : Tile::rows / elements;
    const int column = thread % Threads::across * width;
    const bool at_work = first_column + column < Out;
    // Number `index` of the block's outputs in this thread's j-th channel; with pooling also which of the window it
    // was.
    const auto output_of = [&](int index, int j, int& place) {
        float value = 0.0f;
        if constexpr (Window == 1) {
            value = shared.outputs[index][column + j];
        } else {
            using Windows = PoolingWindows<Across::patches, Window>;
            const int corner = Windows::corner(index);
            value = shared.outputs[corner][column + j];
            place = 0;
            for (int element = 1; element < elements; ++element) {
                const float other = shared.outputs[corner + Windows::pixel(element)][column + j];
                if (other > value || other != other) {
                    value = other;
                    place = element;
                }
            }
        }
        return bias ? value + bias[first_column + column + j] : value;
    };

    float origin[width] = {}, sum[width] = {}, square[width] = {};
    if (moments) { // in all threads; the first output is near the others
        if (at_work && thread < Threads::across)
            for (int j = 0; j < width; ++j) {
                int place = 0;
                shared.origins[column + j] = static_cast<float>(static_cast<T>(output_of(0, j, place)));
            }
        __syncthreads();
        if (at_work)
            for (int j = 0; j < width; ++j) origin[j] = shared.origins[column + j];
    }
    for (int index = thread / Threads::across; at_work && index < count; index += Threads::down) {
        const std::ptrdiff_t at = std::ptrdiff_t{first_output + index} * Out + first_column + column;
        float values[width];
        for (int j = 0; j < width; ++j) {
            int place = 0;
            values[j] = output_of(index, j, place);
            if (places) places[at + j] = static_cast<std::byte>(place);
        }
        store_vector(values, output + at);
        if (moments)
            for (int j = 0; j < width; ++j) {
                const float distance = static_cast<float>(static_cast<T>(values[j])) - origin[j]; // of what is stored
                sum[j] += distance;
                square[j] += distance * distance;
            }
    }
    if (!moments) return; // in all threads
    __syncthreads();      // all have read the outputs, whose memory the sums take
    shared.sums.add(first_column, Out, sum, square, [&](int channel, double total, double total_square) {
        moments[std::ptrdiff_t{channel} * gridDim.x + blockIdx.x] = {
            shared.origins[channel - first_column], static_cast<float>(total), static_cast<float>(total_square)};
    });
}

/// The convolution's passes that go through filters: forward, and, with `turned` filters and input and output channels
/// swapped, the gradient of the input. `scratch` are PackedFilters::bytes.
template <class T, class Down, class Across, int In, int Out>
struct PatchConvolution {
    using Tile = ConvolutionTile<T, Down::taps * Across::taps, In, Out>;
    using Packed = PackedFilters<T, Down::taps * Across::taps, In, Out>;
    static constexpr std::size_t scratch_bytes = Packed::bytes;

    /// How many pixels a block takes, and so a part of the moments.
    static constexpr int block_pixels = Tile::rows;

    template <int Window = 1, class Backend>
    static void run(const Backend& cuda, int batch, const T* x, const float* weights, bool turned, const float* bias,
                    T* output, std::byte* scratch, std::byte* places = nullptr, PartMoments* moments = nullptr) {
        T* const filters = reinterpret_cast<T*>(scratch);
        Packed::pack(cuda, weights, turned, filters);
        const int pixels = batch * Down::patches * Across::patches;
        launch(cuda, "convolution",
               {.blocks = dim3(blocks_for(pixels, Tile::rows), Packed::columns / Tile::columns),
                .shared_bytes = sizeof(typename Tile::Shared)},
               convolution_kernel<T, Down, Across, In, Out, Window>, pixels, x, filters, bias, output, places, moments);
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
