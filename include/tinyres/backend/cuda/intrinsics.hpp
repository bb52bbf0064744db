#pragma once

#include "tinyres/core/bfloat16.hpp"

#include <cstdint>
#include <cuda_runtime.h>

/// What kernels need of the machine beyond C++ and cuda_runtime.h: PTX instructions behind functions. It is the only
/// file of the backend that the tests' emulation of a GPU replaces.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The block's dynamic shared memory as a `T`, which must need no construction.
template <class T>
__device__ __forceinline__ T& shared_memory() {
    extern __shared__ __align__(128) unsigned char tinyres_shared_memory[];
    return *reinterpret_cast<T*>(tinyres_shared_memory);
}

/// Begins to copy 16 bytes from global to shared memory, both aligned to 16; zeros instead where `valid` is false (then
/// `from` is not read, but must be an address in global memory).
__device__ __forceinline__ void copy_async(void* to, const void* from, bool valid) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(to));
    const int bytes = valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(address), "l"(from), "r"(bytes) : "memory");
}

/// Closes a group of copies that this thread has begun.
__device__ __forceinline__ void commit_copies() {
    asm volatile("cp.async.commit_group;\n" ::: "memory");
}

/// Waits until at most the last `Pending` groups of this thread's copies are under way. The other threads see what was
/// copied after the next __syncthreads().
template <int Pending>
__device__ __forceinline__ void wait_for_copies() {
    asm volatile("cp.async.wait_group %0;\n" ::"n"(Pending) : "memory");
}

/// Four 8x8 matrices of 16-bit numbers from shared memory, for a whole warp. Lane l gives the address of row l % 8 of
/// matrix l / 8 (16 bytes, aligned), and gets of row l / 4 of each matrix the two numbers at columns 2 * (l % 4) and
/// the next: as 32-bit words, word l % 4 of the row.
__device__ __forceinline__ void load_matrices(std::uint32_t (&to)[4], const void* row) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\n"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
}

/// The same with each matrix transposed: lane l gets of column l / 4 the numbers in rows 2 * (l % 4) and the next.
__device__ __forceinline__ void load_matrices_transposed(std::uint32_t (&to)[4], const void* row) {
    const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];\n"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
}

/// A float rounded to the 11 significant bits that the tensor cores take of it (TF32).
__device__ __forceinline__ std::uint32_t round_to_tf32(std::uint32_t value) {
    std::uint32_t rounded;
    asm("cvt.rna.tf32.f32 %0, %1;\n" : "=r"(rounded) : "f"(__uint_as_float(value)));
    return rounded;
}

/// Two floats rounded to bfloat16, `low` in the lower half.
__device__ __forceinline__ std::uint32_t pack_bfloat16(float low, float high) {
    std::uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;\n" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

/// What one lane of a warp holds of the operands and results of `multiply_tiles`, with g = lane / 4, t = lane % 4. Of T
/// = float a word is a number and a step is 8 deep; of T = bfloat16 a word is a pair of neighbors and a step 16 deep.
///
///     a  16 x step (row, word):   a[0] (g, t), a[1] (g + 8, t), a[2] (g, t + 4), a[3] (g + 8, t + 4)
///     b  step x 8  (word, column): b[0] (t, g), b[1] (t + 4, g)
///     d  16 x 8:                   d[0] (g, 2 t), d[1] (g, 2 t + 1), d[2] (g + 8, 2 t), d[3] (g + 8, 2 t + 1)
///
/// d[m][n] += a[m] * b[n] for all m < Rows, n < Columns, for a whole warp; float operands must be rounded to TF32.
template <class T, int Rows, int Columns>
__device__ __forceinline__ void multiply_tiles(float (&d)[Rows][Columns][4], const std::uint32_t (&a)[Rows][4],
                                               const std::uint32_t (&b)[Columns][2]) {
#pragma unroll
    for (int m = 0; m < Rows; ++m)
#pragma unroll
        for (int n = 0; n < Columns; ++n) {
            float(&sum)[4] = d[m][n];
            if constexpr (sizeof(T) == 2)
                asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                             "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\n"
                             : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                             : "r"(a[m][0]), "r"(a[m][1]), "r"(a[m][2]), "r"(a[m][3]), "r"(b[n][0]), "r"(b[n][1]));
            else
                asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                             "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\n"
                             : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                             : "r"(a[m][0]), "r"(a[m][1]), "r"(a[m][2]), "r"(a[m][3]), "r"(b[n][0]), "r"(b[n][1]));
        }
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
