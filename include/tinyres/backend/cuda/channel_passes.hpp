#pragma once

#include "tinyres/backend/cuda/channel_tile.hpp"
#include "tinyres/backend/cuda/dropout_mask.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The passes over rows (pixels) that normalization, ReLU and Dropout2d are made of, each what one thread does for its
/// channels, whose numbers it holds in arrays of `width`. With z = x * scale + shift:
///
///     forward    y  = relu(z) * factor
///     backward   dz = dy * factor, where relu let z pass
///                dx = dz * scale + x * slope + constant
///
/// x, y and their gradients are (batch, Pixels, Channels) of type T; a pass takes the rows from `begin` to `end`,
/// counted over the batch. `Rectified` says whether there is a ReLU.
template <class T, int Channels, int Pixels, bool Rectified>
struct ChannelPasses {
    using Tile = ChannelTile<T, Channels>;
    static constexpr int width = Tile::width;
    using Numbers = float[width];

    /// sum += x - origin; square += (x - origin)^2. An origin near the mean keeps their digits.
    static __device__ __forceinline__ void moments(const Tile& mine, int begin, int end, const T* x,
                                                   const Numbers& origin, Numbers& sum, Numbers& square) {
        mine.template for_rows<4>(
            begin, end, [&](int row) { return read_vector<width>(x + mine.at(row)); },
            [&](int, const Vector<T, width>& loaded) {
                Numbers value;
                to_floats(value, loaded);
                for (int j = 0; j < width; ++j) {
                    const float distance = value[j] - origin[j];
                    sum[j] += distance;
                    square[j] += distance * distance;
                }
            });
    }

    /// y = relu(x * scale + shift) * factor.
    static __device__ __forceinline__ void normalize(const Tile& mine, int begin, int end, const T* x,
                                                     const Numbers& scale, const Numbers& shift,
                                                     const DropoutMask& mask, T* y) {
        struct Loaded {
            Vector<T, width> x;
            std::uint8_t kept;
        };
        mine.template for_rows<4>(
            begin, end,
            [&](int row) {
                return Loaded{read_vector<width>(x + mine.at(row)), load_mask(mine, row, mask)};
            },
            [&](int row, const Loaded& loaded) {
                Numbers value;
                to_floats(value, loaded.x);
                for (int j = 0; j < width; ++j) {
                    const float z = value[j] * scale[j] + shift[j];
                    value[j] = (Rectified && z < 0.0f ? 0.0f : z) * mask.of(loaded.kept, j);
                }
                store_vector(value, y + mine.at(row));
            });
    }

    /// sum += dz; product += dz * (x - mean).
    static __device__ __forceinline__ void gradient_sums(const Tile& mine, int begin, int end, const T* x, const T* dy,
                                                         const Numbers& scale, const Numbers& shift,
                                                         const DropoutMask& mask, const Numbers& mean, Numbers& sum,
                                                         Numbers& product) {
        for_each_gradient(mine, begin, end, x, dy, scale, shift, mask,
                          [&](int, const Numbers& value, const Numbers& dz) {
                              for (int j = 0; j < width; ++j) {
                                  sum[j] += dz[j];
                                  product[j] += dz[j] * (value[j] - mean[j]);
                              }
                          });
    }

    /// dx = dz * scale + x * slope + constant.
    static __device__ __forceinline__ void gradient(const Tile& mine, int begin, int end, const T* x, const T* dy,
                                                    const Numbers& scale, const Numbers& shift, const DropoutMask& mask,
                                                    const Numbers& slope, const Numbers& constant, T* dx) {
        for_each_gradient(mine, begin, end, x, dy, scale, shift, mask,
                          [&](int row, const Numbers& value, const Numbers& dz) {
                              Numbers result;
                              for (int j = 0; j < width; ++j)
                                  result[j] = dz[j] * scale[j] + (value[j] * slope[j] + constant[j]);
                              store_vector(result, dx + mine.at(row));
                          });
    }

private:
    static __device__ __forceinline__ std::uint8_t load_mask(const Tile& mine, int row, const DropoutMask& mask) {
        return mask.load(std::ptrdiff_t{row / Pixels} * Tile::vectors + mine.vector);
    }

    /// Calls `function(row, x, dz)` for every row.
    template <class Function>
    static __device__ __forceinline__ void for_each_gradient(const Tile& mine, int begin, int end, const T* x,
                                                             const T* dy, const Numbers& scale, const Numbers& shift,
                                                             const DropoutMask& mask, Function function) {
        struct Loaded {
            Vector<T, width> x;
            Vector<T, width> dy;
            std::uint8_t kept;
        };
        mine.template for_rows<2>(
            begin, end,
            [&](int row) {
                return Loaded{read_vector<width>(x + mine.at(row)), read_vector<width>(dy + mine.at(row)),
                              load_mask(mine, row, mask)};
            },
            [&](int row, const Loaded& loaded) {
                Numbers value, dz;
                to_floats(value, loaded.x);
                to_floats(dz, loaded.dy);
                for (int j = 0; j < width; ++j) {
                    const bool passes = !Rectified || value[j] * scale[j] + shift[j] > 0.0f;
                    dz[j] = passes ? dz[j] * mask.of(loaded.kept, j) : 0.0f;
                }
                function(row, value, dz);
            });
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
