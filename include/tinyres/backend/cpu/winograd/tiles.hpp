#pragma once

#include "tinyres/backend/cpu/winograd/transforms.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// How images of `Height` x `Width` pixels with `Channels` channels, stored as `T`, fall into tiles of 4x4 outputs,
/// counted over the whole batch. Tiles at the right and lower edge may reach beyond the image. Of pooled images a tile
/// has `Edge` pixels in each direction, which is less than 4.
template <class T, int Height, int Width, int Channels, int Edge = Winograd::outputs>
struct WinogradTiles {
    static constexpr int down = (Height + Edge - 1) / Edge;
    static constexpr int across = (Width + Edge - 1) / Edge;
    static constexpr int per_image = down * across;

    /// The pixels of the 6x6 patch that the tile's outputs are computed from; those outside the image point to zeros.
    static std::array<const T*, Winograd::components> patch(const T* images, std::ptrdiff_t tile) {
        std::array<const T*, Winograd::components> pixels;
        for_each_pixel<Winograd::size>(tile, -1, [&](int index, std::ptrdiff_t offset) {
            pixels[static_cast<std::size_t>(index)] = offset < 0 ? zeros : images + offset;
        });
        return pixels;
    }

    /// The tile's own Edge x Edge pixels; those outside the image point to `outside`.
    template <class Element>
    static std::array<Element*, std::size_t{Edge * Edge}> pixels(Element* images, std::ptrdiff_t tile,
                                                                 Element* outside) {
        std::array<Element*, std::size_t{Edge * Edge}> found;
        for_each_pixel<Edge>(tile, 0, [&](int index, std::ptrdiff_t offset) {
            found[static_cast<std::size_t>(index)] = offset < 0 ? outside : images + offset;
        });
        return found;
    }

    /// How many of the tile's own pixels lie inside its image.
    static constexpr int pixels_inside(std::ptrdiff_t tile) {
        const int place = static_cast<int>(tile % per_image);
        return (std::min)(Edge, Height - place / across * Edge) * (std::min)(Edge, Width - place % across * Edge);
    }

    /// A pixel of zeros.
    alignas(64) static constexpr T zeros[std::size_t{Channels}] = {};

private:
    /// Calls with the index and the offset (negative: outside) of each pixel of a square that begins at `shift` rows
    /// and columns from the tile's first pixel.
    template <int Size, class Function>
    static void for_each_pixel(std::ptrdiff_t tile, int shift, Function function) {
        const int place = static_cast<int>(tile % per_image);
        const int top = place / across * Edge + shift;
        const int left = place % across * Edge + shift;
        const std::ptrdiff_t image = tile / per_image * (Height * Width);
        for (int i = 0; i < Size; ++i)
            for (int j = 0; j < Size; ++j) {
                const int row = top + i;
                const int column = left + j;
                const bool inside = row >= 0 && row < Height && column >= 0 && column < Width;
                function(i * Size + j, inside ? (image + row * Width + column) * Channels : std::ptrdiff_t{-1});
            }
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
