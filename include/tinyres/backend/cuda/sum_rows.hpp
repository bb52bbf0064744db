#pragma once

#include "tinyres/backend/cuda/block_reduce.hpp"
#include "tinyres/backend/cuda/intrinsics.hpp"
#include "tinyres/backend/cuda/launch.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// to[r] = the sum of row r of numbers (gridDim.x, columns).
template <class Number>
__global__ void __launch_bounds__(BlockSum<double>::threads)
    sum_rows_kernel(const Number* numbers, int columns, Number* to) {
    const Number* const row = numbers + std::ptrdiff_t{blockIdx.x} * columns;
    const double sum =
        shared_memory<BlockSum<double>>().of(columns, [&](int i) { return static_cast<double>(row[i]); });
    if (threadIdx.x == 0) to[blockIdx.x] = static_cast<Number>(sum);
}

/// to (rows) = the sums of the rows of numbers (rows, columns).
template <class Backend, class Number>
void sum_rows(const Backend& cuda, int rows, int columns, const Number* numbers, Number* to) {
    launch(cuda, "sum_rows",
           {.blocks = dim3(static_cast<unsigned>(rows)),
            .threads = dim3(BlockSum<double>::threads),
            .shared_bytes = sizeof(BlockSum<double>)},
           sum_rows_kernel<Number>, numbers, columns, to);
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
