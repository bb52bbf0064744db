#pragma once

#include "tinyres/backend/cuda/vector_access.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// How the 256 threads of a block share rows (pixels) of `Channels` numbers: a thread takes `width` neighboring
/// channels, `across` threads lie side by side in a row, `down` rows below each other; what is left over of the threads
/// does nothing. `blocks_across` such tiles cover the channels.
template <class T, int Channels>
struct ChannelTile {
    static constexpr int channels = Channels;
    static constexpr int threads = 256;
    static constexpr int width = vector_width<T, Channels>;
    static constexpr int vectors = Channels / width;
    static constexpr int across = vectors < 32 ? vectors : 32;
    static constexpr int down = threads / across;
    static constexpr int blocks_across = (vectors + across - 1) / across;

    int first_channel; ///< the block's
    int vector;        ///< this thread's, counted along a row
    int row;           ///< its first row, counted from the block's
    bool at_work;      ///< whether it has any

    __device__ explicit ChannelTile(int block_across)
        : first_channel(block_across * across * width),
          vector(block_across * across + static_cast<int>(threadIdx.x) % across),
          row(static_cast<int>(threadIdx.x) / across),
          at_work(row < down && vector < vectors) {}

    __device__ int channel() const { return vector * width; }
    __device__ std::ptrdiff_t at(int of_row) const { return std::ptrdiff_t{of_row} * Channels + channel(); }

    /// Calls `use(row, load(row))` for this thread's rows from `begin` to `end`; `Ahead` of them are loaded before the
    /// first is used, so that the memory has more to do at once.
    template <int Ahead, class Load, class Use>
    __device__ __forceinline__ void for_rows(int begin, int end, Load load, Use use) const {
        if (!at_work) return;
        for (int first = begin + row; first < end; first += Ahead * down) {
            decltype(load(first)) loaded[Ahead];
            for (int i = 0; i < Ahead; ++i)
                if (first + i * down < end) loaded[i] = load(first + i * down);
            for (int i = 0; i < Ahead; ++i)
                if (first + i * down < end) use(first + i * down, loaded[i]);
        }
    }

    /// What belongs to this thread's channels of an array (Channels); zeros where it has none.
    __device__ __forceinline__ void load(float (&to)[width], const float* values) const {
        for (int j = 0; j < width; ++j) to[j] = at_work ? values[channel() + j] : 0.0f;
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
