#pragma once

#include "tinyres/backend/cpu/winograd/transforms.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// How images of `height` x `width` pixels with `channels` channels fall into tiles of 4x4 outputs, counted over the
/// whole batch. Tiles at the right and lower edge may reach beyond the image. Of pooled images a tile has `Edge` pixels
/// in each direction, which is less than 4.
template <int Edge = Winograd::outputs>
struct WinogradTiles {
    int height;
    int width;
    int channels;

    constexpr int down() const { return (height + Edge - 1) / Edge; }
    constexpr int across() const { return (width + Edge - 1) / Edge; }
    constexpr int per_image() const { return down() * across(); }

    /// The pixels of the 6x6 patch that the tile's outputs are computed from; those outside the image point to
    /// `outside`, a pixel of zeros.
    template <class T>
    std::array<const T*, Winograd::components> patch(const T* images, std::ptrdiff_t tile, const T* outside) const {
        return pixels_from<Winograd::size>(images, tile, -1, outside);
    }

    /// The tile's own Edge x Edge pixels; those outside the image point to `outside`.
    template <class Element>
    std::array<Element*, std::size_t{Edge * Edge}> pixels(Element* images, std::ptrdiff_t tile,
                                                          Element* outside) const {
        return pixels_from<Edge>(images, tile, 0, outside);
    }

    /// How many of the tile's own pixels lie inside its image.
    constexpr int pixels_inside(std::ptrdiff_t tile) const {
        const int place = static_cast<int>(tile % per_image());
        return (std::min)(Edge, height - place / across() * Edge) * (std::min)(Edge, width - place % across() * Edge);
    }

private:
    /// The pixels of a square of Size x Size that begins `shift` rows and columns from the tile's first pixel.
    template <int Size, class Element>
    std::array<Element*, std::size_t{Size * Size}> pixels_from(Element* images, std::ptrdiff_t tile, int shift,
                                                               Element* outside) const {
        const int place = static_cast<int>(tile % per_image());
        const int top = place / across() * Edge + shift;
        const int left = place % across() * Edge + shift;
        const std::ptrdiff_t image = tile / per_image() * height * width;
        std::array<Element*, std::size_t{Size * Size}> found;
        for (int i = 0; i < Size; ++i)
            for (int j = 0; j < Size; ++j) {
                const int row = top + i;
                const int column = left + j;
                const bool inside = row >= 0 && row < height && column >= 0 && column < width;
                found[static_cast<std::size_t>(i * Size + j)] =
                    inside ? images + (image + std::ptrdiff_t{row} * width + column) * channels : outside;
            }
        return found;
    }
};

/// A pixel of zeros, for what lies outside an image.
template <class T, int Channels>
alignas(64) inline constexpr T zero_pixel[std::size_t{Channels}] = {};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
