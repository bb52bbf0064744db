#pragma once

#include "tinyres/backend/cuda/intrinsics.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// Numbers in 16 bytes: what a thread copies at once, and half of what a step of multiply_tiles sums over.
template <class T>
inline constexpr int chunk = 16 / static_cast<int>(sizeof(T));

/// How much of a sum's index a stage in shared memory covers: two steps of multiply_tiles.
template <class T>
inline constexpr int stage_depth = 4 * chunk<T>;

/// Float operands, as the tensor cores want them; pairs of bfloat16 numbers are ready as they are.
template <class T>
__device__ __forceinline__ std::uint32_t as_operand(std::uint32_t word) {
    if constexpr (sizeof(T) == 4)
        return round_to_tf32(word);
    else
        return word;
}

/// One operand of a product in shared memory, (Lines, stage_depth): numbers that are summed over lie side by side. A
/// line is a row of the left operand or a column of the right one. The four chunks of a line change places from one
/// pair of lines to the next, so that eight lines' equal chunks lie in different banks.
template <class T, int Lines>
struct AlongSum {
    T numbers[Lines * stage_depth<T>];

    static constexpr int chunks = Lines * 4;
    static __device__ int line_of(int index) { return index / 4; }
    static __device__ int first_of(int index) { return index % 4 * chunk<T>; } ///< of the sum's index
    __device__ T* at(int index) { return place(index / 4, index % 4); }

    /// multiply_tiles' left operand from line `line` on.
    __device__ __forceinline__ void load_rows(std::uint32_t (&a)[4], int line, int step, int lane) {
        load_matrices(a, place(line + lane % 16, 2 * step + lane / 16));
        for (std::uint32_t& word : a) word = as_operand<T>(word);
    }

    /// Its right operand from line `line` on: two tiles of 8 columns.
    __device__ __forceinline__ void load_columns(std::uint32_t (&first)[2], std::uint32_t (&second)[2], int line,
                                                 int step, int lane) {
        std::uint32_t words[4];
        load_matrices(words, place(line + lane / 16 * 8 + lane % 8, 2 * step + lane / 8 % 2));
        for (int i = 0; i < 2; ++i) {
            first[i] = as_operand<T>(words[i]);
            second[i] = as_operand<T>(words[2 + i]);
        }
    }

private:
    __device__ __forceinline__ T* place(int line, int part) {
        return numbers + line * stage_depth<T> + (part ^ (line >> 1 & 3)) * chunk<T>;
    }
};

/// The same, (stage_depth, Lines): numbers of neighboring lines lie side by side. Chunks change places so that neither
/// eight (bfloat16) nor four (float) neighbors along the sum share a bank.
template <class T, int Lines>
struct AcrossSum {
    static_assert(Lines % (8 * chunk<T>) == 0);
    T numbers[stage_depth<T> * Lines];

    static constexpr int parts = Lines / chunk<T>;
    static constexpr int chunks = stage_depth<T> * parts;
    static __device__ int line_of(int index) { return index % parts * chunk<T>; }
    static __device__ int first_of(int index) { return index / parts; }
    __device__ T* at(int index) { return place(index / parts, index % parts); }

    __device__ __forceinline__ void load_rows(std::uint32_t (&a)[4], int line, int step, int lane) {
        if constexpr (sizeof(T) == 2) {
            load_matrices_transposed(a, place(16 * step + lane / 16 * 8 + lane % 8, line / 8 + lane / 8 % 2));
        } else {
            for (int i = 0; i < 4; ++i) a[i] = word(8 * step + lane % 4 + i / 2 * 4, line + lane / 4 + i % 2 * 8);
        }
    }

    __device__ __forceinline__ void load_columns(std::uint32_t (&first)[2], std::uint32_t (&second)[2], int line,
                                                 int step, int lane) {
        if constexpr (sizeof(T) == 2) {
            std::uint32_t words[4];
            load_matrices_transposed(words, place(16 * step + lane / 8 % 2 * 8 + lane % 8, line / 8 + lane / 16));
            for (int i = 0; i < 2; ++i) {
                first[i] = words[i];
                second[i] = words[2 + i];
            }
        } else {
            for (int i = 0; i < 2; ++i) {
                first[i] = word(8 * step + lane % 4 + i * 4, line + lane / 4);
                second[i] = word(8 * step + lane % 4 + i * 4, line + 8 + lane / 4);
            }
        }
    }

private:
    __device__ __forceinline__ T* place(int k, int part) {
        const int turn = sizeof(T) == 2 ? k % 8 : k % 4 * 2;
        return numbers + k * Lines + (part ^ turn) * chunk<T>;
    }
    __device__ __forceinline__ std::uint32_t word(int k, int line) {
        return as_operand<T>(__float_as_uint(place(k, line / chunk<T>)[line % chunk<T>]));
    }
};

/// A block's product: 8 warps compute `rows` x Columns results, a warp 32 columns of them, its lanes what
/// multiply_tiles says.
template <class T, int Columns>
struct BlockProduct {
    static_assert(Columns == 64 || Columns == 128);
    static constexpr int threads = 256;
    static constexpr int rows = 128;
    static constexpr int columns = Columns;
    static constexpr int warp_columns = 32;
    static constexpr int warps_across = Columns / warp_columns;
    static constexpr int warp_rows = rows / (8 / warps_across);
    static constexpr int row_tiles = warp_rows / 16;
    static constexpr int column_tiles = warp_columns / 8;

    float sum[row_tiles][column_tiles][4] = {};

    /// Adds the product of one stage.
    template <class Left, class Right>
    __device__ __forceinline__ void add(Left& left, Right& right) {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        for (int step = 0; step < 2; ++step) {
            std::uint32_t a[row_tiles][4];
            std::uint32_t b[column_tiles][2];
            for (int m = 0; m < row_tiles; ++m) left.load_rows(a[m], first_row() + 16 * m, step, lane);
            for (int n = 0; n < column_tiles; n += 2)
                right.load_columns(b[n], b[n + 1], first_column() + 8 * n, step, lane);
            multiply_tiles<T>(sum, a, b);
        }
    }

    /// Calls `function(row, column, value)` for each result that this thread holds.
    template <class Function>
    __device__ __forceinline__ void for_each(Function function) const {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        for (int m = 0; m < row_tiles; ++m)
            for (int n = 0; n < column_tiles; ++n)
                for (int i = 0; i < 4; ++i)
                    function(first_row() + 16 * m + lane / 4 + i / 2 * 8, first_column() + 8 * n + lane % 4 * 2 + i % 2,
                             sum[m][n][i]);
    }

private:
    static __device__ int first_row() { return static_cast<int>(threadIdx.x) / 32 / warps_across * warp_rows; }
    static __device__ int first_column() { return static_cast<int>(threadIdx.x) / 32 % warps_across * warp_columns; }
};

/// Stages of two operands that are copied ahead of the products.
template <class Left, class Right, int Stages>
struct Pipeline {
    Left left[Stages];
    Right right[Stages];

    /// product += the sum over `stages` stages; `copy(left, right, stage)` begins the copies of one. All threads of the
    /// block call it.
    template <class Product, class Copy>
    __device__ __forceinline__ void run(Product& product, int stages, Copy copy) {
        for (int stage = 0; stage < Stages - 1; ++stage) {
            if (stage < stages) copy(left[stage], right[stage], stage);
            commit_copies();
        }
        for (int stage = 0; stage < stages; ++stage) {
            wait_for_copies<Stages - 2>();
            __syncthreads(); // all copies of this stage are there, and nobody reads the one that is filled next
            const int next = stage + Stages - 1;
            if (next < stages) copy(left[next % Stages], right[next % Stages], next);
            commit_copies();
            product.add(left[stage % Stages], right[stage % Stages]);
        }
        wait_for_copies<0>();
        __syncthreads(); // the memory may be used for something else
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
