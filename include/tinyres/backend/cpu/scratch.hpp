#pragma once

#include "tinyres/plan/memory.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Bytes of `count` elements, in whole cache lines.
template <class T>
constexpr std::size_t bytes_of(std::ptrdiff_t count) {
    return cache_lines(static_cast<std::size_t>(count) * sizeof(T));
}

/// From one array to the next of several arrays of `count` elements that are walked through side by side: a cache line
/// more than they need, so that they do not fall on the same lines of the cache.
template <class T>
constexpr std::ptrdiff_t staggered(std::ptrdiff_t count) {
    return static_cast<std::ptrdiff_t>((bytes_of<T>(count) + cache_line) / sizeof(T));
}

/// An array of `count` elements at the beginning of `scratch`, which moves on behind it.
template <class T>
T* take(std::byte*& scratch, std::ptrdiff_t count) {
    T* const array = reinterpret_cast<T*>(scratch);
    scratch += bytes_of<T>(count);
    return array;
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
