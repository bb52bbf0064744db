#pragma once

#include "tinyres/backend/cpu/channel_sums.hpp"
#include "tinyres/backend/cpu/winograd/tile_transforms.hpp"
#include "tinyres/backend/cpu/winograd/tiles.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The tiles of a convolution's output whose channels are summed together: they follow each other.
template <int Height, int Width, int PartTiles>
struct WinogradParts {
    static constexpr int per_image = WinogradTiles<char, Height, Width, 1>::per_image;
    static constexpr int most_of_image = (per_image + PartTiles - 1) / PartTiles;
    static constexpr std::ptrdiff_t count(int batch) {
        return (std::ptrdiff_t{batch} * per_image + PartTiles - 1) / PartTiles;
    }

    /// How many windows of Window x Window of a channel a part has.
    template <int Window>
    static double values_of(int batch, std::ptrdiff_t part) {
        using Tiles = WinogradTiles<char, Height / Window, Width / Window, 1, Winograd::outputs / Window>;
        const std::ptrdiff_t end = (std::min)((part + 1) * PartTiles, std::ptrdiff_t{batch} * Tiles::per_image);
        int values = 0;
        for (std::ptrdiff_t tile = part * PartTiles; tile < end; ++tile) values += Tiles::pixels_inside(tile);
        return values;
    }

    template <class Sums, class T>
    static TileSums<Sums, T> sums(const Sums& sums, const T* images, std::ptrdiff_t tile, int first_channel) {
        return {sums, images, tile / per_image, tile / PartTiles, tile % PartTiles == 0, first_channel};
    }
};

/// The output (batch, Height, Width, Out), and how a tile of it is stored, `channels` from `first_channel` on.
template <class Arch, class T, int Height, int Width, int Out, int PartTiles, class Sums>
struct WinogradOutputs {
    static constexpr bool sums_channels = !std::is_same_v<Sums, NoSums>;
    T* images;
    Sums sums;

    void store_tile(std::ptrdiff_t tile, int first_channel, int channels, const float* products,
                    std::ptrdiff_t product_stride, const float* bias) const {
        T* const nowhere = nullptr;
        winograd_transform_outputs<Arch, ragged<Arch, Out>>(
            products, product_stride, bias, channels,
            WinogradTiles<T, Height, Width, Out>::pixels(images + first_channel, tile, nowhere),
            WinogradParts<Height, Width, PartTiles>::sums(sums, images, tile, first_channel));
    }
};

/// The same pooled, (batch, Height / Window, Width / Window, Out), with the maxima's places unless they are null.
template <class Arch, class T, int Height, int Width, int Out, int PartTiles, int Window, class Sums>
struct WinogradPooledOutputs {
    static constexpr bool sums_channels = !std::is_same_v<Sums, NoSums>;
    T* images;
    std::byte* places;
    Sums sums;

    void store_tile(std::ptrdiff_t tile, int first_channel, int channels, const float* products,
                    std::ptrdiff_t product_stride, const float* bias) const {
        using Tiles = WinogradTiles<T, Height / Window, Width / Window, Out, Winograd::outputs / Window>;
        T* const nowhere = nullptr;
        std::byte* const no_place = nullptr;
        decltype(Tiles::pixels(places, tile, no_place)) tile_places{};
        if (places) tile_places = Tiles::pixels(places + first_channel, tile, no_place);
        winograd_transform_pooled_outputs<Arch, ragged<Arch, Out>, Window>(
            products, product_stride, bias, channels, Tiles::pixels(images + first_channel, tile, nowhere), tile_places,
            WinogradParts<Height, Width, PartTiles>::sums(sums, images, tile, first_channel));
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
