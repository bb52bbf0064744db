#pragma once

#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The parts of a convolution's output whose channels are summed together: `part_tiles` tiles that follow each other.
struct WinogradParts {
    int tiles_per_image;
    int part_tiles;

    constexpr int most_of_image() const { return (tiles_per_image + part_tiles - 1) / part_tiles; }
    constexpr std::ptrdiff_t count(int batch) const {
        return (std::ptrdiff_t{batch} * tiles_per_image + part_tiles - 1) / part_tiles;
    }

    /// How many pixels of a channel a part has, of images that fall into `tiles`.
    template <int Edge>
    double values_of(const WinogradTiles<Edge>& tiles, int batch, std::ptrdiff_t part) const {
        const std::ptrdiff_t end = (std::min)((part + 1) * part_tiles, std::ptrdiff_t{batch} * tiles.per_image());
        int values = 0;
        for (std::ptrdiff_t tile = part * part_tiles; tile < end; ++tile) values += tiles.pixels_inside(tile);
        return values;
    }

    template <class Sums, class T>
    TileSums<Sums, T> sums(const Sums& sums, const T* images, std::ptrdiff_t tile, int first_channel) const {
        return {sums, images, tile / tiles_per_image, tile / part_tiles, tile % part_tiles == 0, first_channel};
    }
};

/// The output (batch, height, width, channels), and how a tile of it is stored, `channels` from `first_channel` on.
template <class Arch, class T, bool Ragged, class Sums>
struct WinogradOutputs {
    static constexpr bool sums_channels = !std::is_same_v<Sums, NoSums>;
    WinogradTiles<> tiles;
    WinogradParts parts;
    T* images;
    Sums sums;

    void store_tile(std::ptrdiff_t tile, int first_channel, int channels, const float* products,
                    std::ptrdiff_t product_stride, const float* bias) const {
        T* const nowhere = nullptr;
        winograd_transform_outputs<Arch, Ragged>(products, product_stride, bias, channels,
                                                 tiles.pixels(images + first_channel, tile, nowhere),
                                                 parts.sums(sums, images, tile, first_channel));
    }
};

/// The same pooled, (batch, height / Window, width / Window, channels), with the maxima's places unless they are null.
template <class Arch, class T, bool Ragged, int Window, class Sums>
struct WinogradPooledOutputs {
    static constexpr bool sums_channels = !std::is_same_v<Sums, NoSums>;
    WinogradTiles<Winograd::outputs / Window> tiles;
    WinogradParts parts;
    T* images;
    std::byte* places;
    Sums sums;

    void store_tile(std::ptrdiff_t tile, int first_channel, int channels, const float* products,
                    std::ptrdiff_t product_stride, const float* bias) const {
        T* const nowhere = nullptr;
        std::byte* const no_place = nullptr;
        decltype(tiles.pixels(places, tile, no_place)) tile_places{};
        if (places) tile_places = tiles.pixels(places + first_channel, tile, no_place);
        winograd_transform_pooled_outputs<Arch, Ragged, Window>(
            products, product_stride, bias, channels, tiles.pixels(images + first_channel, tile, nowhere), tile_places,
            parts.sums(sums, images, tile, first_channel));
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
