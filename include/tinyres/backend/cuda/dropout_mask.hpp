#pragma once

#include "tinyres/backend/cuda/channel_tile.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/host/dropout_factor.hpp"
#include "tinyres/layers/dropout2d.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// What Dropout2d multiplies with: for each image and vector of a ChannelTile a byte with a bit a channel, the first
/// channel's lowest, which says whether `factor` or 0. Without bytes it is 1 for all.
struct DropoutMask {
    const std::uint8_t* bits = nullptr;
    float factor = 1.0f;

    /// The bits of one vector; `index` counts vectors over the batch.
    __device__ __forceinline__ std::uint8_t load(std::ptrdiff_t index) const {
        return bits ? bits[index] : std::uint8_t{0xff};
    }
    __device__ __forceinline__ float of(std::uint8_t loaded, int j) const {
        return (loaded >> j & 1) != 0 ? factor : 0.0f;
    }
};

/// bits (batch, Channels / width) for Dropout2d with this probability; a thread makes a byte. Unless null, `recorded`
/// is the key of the step, of which `random` names the layer.
template <class T, int Channels>
__global__ void __launch_bounds__(256) draw_dropout_kernel(std::ptrdiff_t count, double probability, RandomKey random,
                                                           const RandomKey* recorded, std::uint8_t* bits) {
    constexpr int width = vector_width<T, Channels>;
    const std::ptrdiff_t index = std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (index >= count) return;
    if (recorded) {
        random.seed = recorded->seed;
        random.major = recorded->major;
    }
    unsigned kept = 0;
    const auto first = static_cast<std::uint64_t>(index) * width;
    if constexpr (width % 4 == 0) {
        for (int block = 0; block < width / 4; ++block) {
            const std::array<std::uint32_t, 4> words =
                random_block(random, first / 4 + static_cast<std::uint64_t>(block));
            for (int i = 0; i < 4; ++i)
                if (host::dropout_factor<float>(probability, words[static_cast<std::size_t>(i)]) != 0.0f)
                    kept |= 1u << (4 * block + i);
        }
    } else {
        kept = host::dropout_factor<float>(probability, random_word(random, first)) != 0.0f ? 1u : 0u;
    }
    bits[index] = static_cast<std::uint8_t>(kept);
}

/// The mask of a training step, drawn in forward and kept for backward.
template <class Dropout, class T, int Channels>
struct DropoutMasks {
    static constexpr bool any = Dropout::probability > 0.0;
    static constexpr std::size_t bytes_per_image = any ? Channels / vector_width<T, Channels> : 0;

    /// The mask in `kept` (bytes_per_image * batch), where it was or will be drawn.
    static DropoutMask in(const std::byte* kept) {
        if constexpr (any)
            return {reinterpret_cast<const std::uint8_t*>(kept),
                    static_cast<float>(1.0 / (1.0 - Dropout::probability))};
        else
            return {};
    }

    template <class Backend>
    static DropoutMask draw(const Backend& cuda, int batch, const RandomKey& random, std::byte* kept) {
        if constexpr (any) {
            const std::ptrdiff_t count = batch * static_cast<std::ptrdiff_t>(bytes_per_image);
            launch(cuda, "draw_dropout", {.blocks = blocks_for(count, 256)}, draw_dropout_kernel<T, Channels>, count,
                   Dropout::probability, random, cuda.recorded_random(), reinterpret_cast<std::uint8_t*>(kept));
        }
        return in(kept);
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
