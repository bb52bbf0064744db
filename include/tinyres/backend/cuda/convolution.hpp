#pragma once

#include "tinyres/backend/cuda/filters.hpp"
#include "tinyres/backend/cuda/patches.hpp"
#include "tinyres/backend/cuda/pooling_windows.hpp"
#include "tinyres/backend/cuda/vector_access.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// The tile of outputs that a block of the convolution computes, and the memory that it does so in.
template <class T, int In, int Out>
struct ConvolutionTile {
    static constexpr int rows = 128;
    static constexpr int columns = PackedFilters<T, In, Out>::block_columns;
    static constexpr int stages = 4;
    union Shared {
        Pipeline<AlongSum<T, rows>, AlongSum<T, columns>, stages> pipeline;
        float outputs[rows][columns + 4]; // four more, so that rows begin in different banks
    };
};

/// Whether blocks consist of whole windows of `Window` x `Window` outputs, so that they can pool them.
template <int Height, int Width, int Window>
inline constexpr bool pools_in_block = 128 % (Width * Window) == 0 && Height % Window == 0;

/// output (batch, Height, Width, Out) = x (batch, Height, Width, In) convolved with `filters` (PackedFilters), plus
/// `bias` (Out) unless null, on the tensor cores: an implicit matrix product, (pixels, 9 In) by (9 In, Out).
/// With Window > 1 the output is pooled, (batch, Height / Window, Width / Window, Out), and `places` (the same shape),
/// unless null, keep which element of a window was its first maximum.
template <class T, int Height, int Width, int In, int Out, int Window>
__global__ void __launch_bounds__(256, 2)
    convolution_kernel(int pixels, const T* x, const T* filters, const float* bias, T* output, std::byte* places) {
    using Tile = ConvolutionTile<T, In, Out>;
    using Packed = PackedFilters<T, In, Out>;
    auto& shared = shared_memory<typename Tile::Shared>();
    const int thread = static_cast<int>(threadIdx.x);
    const int first_pixel = static_cast<int>(blockIdx.x) * Tile::rows;
    const int first_column = static_cast<int>(blockIdx.y) * Tile::columns;

    BlockProduct<T, Tile::columns> product;
    shared.pipeline.run(product, Packed::depth / stage_depth<T>, [&](auto& left, auto& right, int stage) {
        for (int i = thread; i < left.chunks; i += product.threads)
            Patches<T, Height, Width, In>::copy_chunk(left.at(i), x, pixels, first_pixel + left.line_of(i),
                                                      stage * stage_depth<T> + left.first_of(i));
        for (int i = thread; i < right.chunks; i += product.threads)
            copy_async(right.at(i),
                       filters + std::ptrdiff_t{first_column + right.line_of(i)} * Packed::depth +
                           stage * stage_depth<T> + right.first_of(i),
                       true);
    });
    product.for_each([&](int row, int column, float value) { shared.outputs[row][column] = value; });
    __syncthreads();

    constexpr int width = Out % chunk<T> == 0 ? chunk<T> : 1;
    constexpr int parts = Tile::columns / width;
    constexpr int elements = Window * Window;
    const int first_output = first_pixel / elements;
    for (int i = thread; i < Tile::rows / elements * parts; i += product.threads) {
        const int index = i / parts;
        const int column = i % parts * width;
        if (first_output + index >= pixels / elements || first_column + column >= Out) continue;
        const std::ptrdiff_t at = std::ptrdiff_t{first_output + index} * Out + first_column + column;
        float values[width];
        if constexpr (Window == 1) {
            for (int j = 0; j < width; ++j) values[j] = shared.outputs[index][column + j];
        } else {
            using Windows = PoolingWindows<Width, Window>;
            const int corner = Windows::corner(index);
            for (int j = 0; j < width; ++j) {
                int place = 0;
                values[j] = shared.outputs[corner][column + j];
                for (int element = 1; element < elements; ++element) {
                    const float value = shared.outputs[corner + Windows::pixel(element)][column + j];
                    if (value > values[j] || value != value) {
                        values[j] = value;
                        place = element;
                    }
                }
                if (places) places[at + j] = static_cast<std::byte>(place);
            }
        }
        if (bias)
            for (int j = 0; j < width; ++j) values[j] += bias[first_column + column + j];
        store_vector(values, output + at);
    }
}

/// The convolution's passes that go through filters: forward, and, with `turned` filters and input and output channels
/// swapped, the gradient of the input. `scratch` are PackedFilters::bytes.
template <class T, int Height, int Width, int In, int Out>
struct CudaConvolution {
    static constexpr std::size_t scratch_bytes = PackedFilters<T, In, Out>::bytes;

    template <int Window = 1, class Backend>
    static void run(const Backend& cuda, int batch, const T* x, const float* weights, bool turned, const float* bias,
                    T* output, std::byte* scratch, std::byte* places = nullptr) {
        using Tile = ConvolutionTile<T, In, Out>;
        T* const filters = reinterpret_cast<T*>(scratch);
        PackedFilters<T, In, Out>::pack(cuda, weights, turned, filters);
        const int pixels = batch * Height * Width;
        launch(cuda, "convolution",
               {.blocks = dim3(blocks_for(pixels, Tile::rows), PackedFilters<T, In, Out>::columns / Tile::columns),
                .shared_bytes = sizeof(typename Tile::Shared)},
               convolution_kernel<T, Height, Width, In, Out, Window>, pixels, x, filters, bias, output, places);
    }
};

} // namespace tinyres::inline TINYRES_ARCH
