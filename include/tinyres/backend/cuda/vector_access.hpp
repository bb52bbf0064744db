#pragma once

#include "tinyres/backend/cuda/tensor_tiles.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// How many neighbors of rows of `Length` numbers a thread takes at once: 16 bytes where rows consist of them, else
/// one number.
template <class T, int Length>
inline constexpr int vector_width = Length % chunk<T> == 0 ? chunk<T> : 1;

/// Neighbors in memory as they are stored: one load or store of the machine.
template <class T, int Width>
struct alignas(sizeof(T) * Width) Vector {
    T numbers[Width];
};

/// `Width` numbers from memory aligned to as many.
template <int Width, class T>
__device__ __forceinline__ Vector<T, Width> read_vector(const T* from) {
    return *reinterpret_cast<const Vector<T, Width>*>(from);
}

template <class T, int Width>
__device__ __forceinline__ void to_floats(float (&to)[Width], const Vector<T, Width>& vector) {
    for (int j = 0; j < Width; ++j) to[j] = static_cast<float>(vector.numbers[j]);
}

template <class T, int Width>
__device__ __forceinline__ void load_vector(float (&to)[Width], const T* from) {
    to_floats(to, read_vector<Width>(from));
}

/// Stores numbers, rounded to `T`.
template <class T, int Width>
__device__ __forceinline__ void store_vector(const float (&values)[Width], T* to) {
    if constexpr (sizeof(T) == 2 && Width > 1) {
        Vector<std::uint32_t, Width / 2> pairs;
        for (int j = 0; j < Width / 2; ++j) pairs.numbers[j] = pack_bfloat16(values[2 * j], values[2 * j + 1]);
        *reinterpret_cast<Vector<std::uint32_t, Width / 2>*>(to) = pairs;
    } else {
        Vector<T, Width> vector;
        for (int j = 0; j < Width; ++j) vector.numbers[j] = static_cast<T>(values[j]);
        *reinterpret_cast<Vector<T, Width>*>(to) = vector;
    }
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
