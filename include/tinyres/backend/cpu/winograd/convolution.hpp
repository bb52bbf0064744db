#pragma once

#include "tinyres/backend/cpu/winograd/loops.hpp"
#include "tinyres/backend/cpu/winograd/weight_gradient.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// WinogradLoops of a size as one of the algorithms that a convolution's passes run by.
template <class Arch, class T, int Height, int Width, int In, int Out>
class WinogradConvolution {
    using Loops = WinogradLoops<Arch, T, ragged<Arch, In>>;
    static constexpr WinogradBlocks<Arch, T> blocks{{Height, Width, In, Out}};

public:
    static constexpr std::size_t scratch_bytes = blocks.scratch_bytes();
    static constexpr std::size_t scratch_bytes_per_thread = blocks.scratch_bytes_per_thread();

    /// Whether tiles consist of whole windows, so that `run` can pool.
    template <int Window>
    static constexpr bool pools = Winograd::outputs % Window == 0;

    /// Whether `run` can read images of this type instead of stored ones.
    template <class Images>
    static constexpr bool reads = false;

    /// What is written; it may be summed on the way, in parts.
    template <class Sums>
    struct Outputs {
        T* images;
        Sums sums;

        WinogradOutputs<Arch, T, ragged<Arch, Out>, Sums> of_tiles() const {
            return {blocks.sizes.output_tiles(), blocks.parts(), images, sums};
        }
    };
    /// The same pooled, with the maxima's places unless they are null.
    template <int Window, class Sums>
    struct PooledOutputs {
        T* images;
        std::byte* places;
        Sums sums;

        WinogradPooledOutputs<Arch, T, ragged<Arch, Out>, Window, Sums> of_tiles() const {
            return {pooled_tiles<Window>, blocks.parts(), images, places, sums};
        }
    };
    static constexpr bool sums_channels = true;
    static constexpr int most_parts_of_image = blocks.parts().most_of_image();
    static constexpr std::ptrdiff_t parts(int batch) { return blocks.parts().count(batch); }
    /// How many windows of Window x Window of a channel a part has.
    template <int Window>
    static double values_of_part(int batch, std::ptrdiff_t part) {
        return blocks.parts().values_of(pooled_tiles<Window>, batch, part);
    }

    /// The convolution of `input`, (batch, Height, Width, In); overwrites.
    template <class OutputsOfImages>
    static void run(int threads, int batch, const T* input, const Filters& filters, const OutputsOfImages& outputs,
                    std::byte* scratch) {
        Loops{blocks, input, &zero_pixel<T, In>[0]}.run(threads, batch, filters, outputs.of_tiles(), scratch);
    }

private:
    template <int Window>
    static constexpr WinogradTiles<Winograd::outputs / Window> pooled_tiles{Height / Window, Width / Window, Out};
};

/// WinogradWeightGradientLoops likewise.
template <class Arch, class T, int Height, int Width, int In, int Out>
class WinogradWeightGradient {
    using Loops = WinogradWeightGradientLoops<Arch, T, ragged<Arch, In>, ragged<Arch, Out>>;
    static constexpr WinogradGradientBlocks<Arch, T> blocks{{Height, Width, In, Out}};

public:
    static constexpr std::size_t scratch_bytes = blocks.scratch_bytes();
    static constexpr std::size_t scratch_bytes_per_thread = 0;

    /// `run` reads stored images only.
    template <class Images>
    static constexpr bool reads = false;

    /// Overwrites `weight_gradient` and, unless null, `bias_gradient`.
    static void run(int threads, int batch, const T* input, const T* output_gradient, float* weight_gradient,
                    float* bias_gradient, std::byte* scratch) {
        const Loops loops{blocks, {input, &zero_pixel<T, In>[0], output_gradient, &zero_pixel<T, Out>[0]}};
        loops.run(threads, batch, weight_gradient, bias_gradient, scratch);
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
