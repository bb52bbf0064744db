#pragma once

#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/core/shape.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Where the channels of a pixel begin in a batch of images of these dimensions.
constexpr std::ptrdiff_t first_channel(Dims dims, std::ptrdiff_t image, int row, int column) {
    return ((image * dims.height + row) * dims.width + column) * dims.channels;
}

/// Calls `function(image, row, column)` for every pixel of a batch of images of these dimensions, of which each number
/// costs so many `operations`. A thread takes whole rows.
template <class Function>
void for_each_pixel(int threads, int batch, Dims dims, int operations, Function function) {
    const std::ptrdiff_t rows = std::ptrdiff_t{batch} * dims.height;
    const std::ptrdiff_t all_operations = rows * dims.width * dims.channels * operations;
    parallel_for(useful_threads(threads, all_operations), rows, [&](std::ptrdiff_t item) {
        const auto row = static_cast<int>(item % dims.height);
        for (int column = 0; column < dims.width; ++column) function(item / dims.height, row, column);
    });
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
