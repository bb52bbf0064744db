#pragma once

// Needs stb_image 2.27 or newer (https://github.com/nothings/stb; Debian: libstb-dev).

#include "tinyres/core/config.hpp"

#include <cassert>
#include <climits>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#pragma GCC system_header // stb's source is not held to this library's warnings

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// The most bytes that stb_image may ask for at once in this thread. A picture says how large it is before it is
/// decoded; a file that then asks for much more is an attack on the memory.
inline constinit thread_local std::size_t stb_largest_allocation = 0;

/// Zeros: stb_image 2.27 decodes by a JPEG's tables even where the file has none, and would go by what happens to be in
/// the memory; and pixels that a damaged file leaves out are the same every time.
inline void* stb_allocate(std::size_t bytes) {
    return bytes <= stb_largest_allocation ? std::calloc(1, bytes) : nullptr;
}

inline void* stb_reallocate(void* memory, std::size_t bytes) {
    return bytes <= stb_largest_allocation ? std::realloc(memory, bytes) : nullptr;
}

} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres

// A program may use stb_image itself, in the same file and with another configuration. So here it is static and in a
// namespace of the library, and macros are left as they were found. Of stb's source only the implementation is read:
// its declarations are extern "C", by which two static functions of the same name would be one symbol. Every
// translation unit has its own copy of stb's functions; the copies are alike, so it does not matter whose an inline
// function calls.
#pragma push_macro("STBI_INCLUDE_STB_IMAGE_H")
#undef STBI_INCLUDE_STB_IMAGE_H
#pragma push_macro("STB_IMAGE_IMPLEMENTATION")
#undef STB_IMAGE_IMPLEMENTATION
#pragma push_macro("STB_IMAGE_STATIC")
#undef STB_IMAGE_STATIC
#pragma push_macro("STBIDEF")
#undef STBIDEF
#pragma push_macro("STBI_ASSERT")
#undef STBI_ASSERT
#pragma push_macro("STBI_MALLOC")
#undef STBI_MALLOC
#pragma push_macro("STBI_REALLOC")
#undef STBI_REALLOC
#pragma push_macro("STBI_REALLOC_SIZED")
#undef STBI_REALLOC_SIZED
#pragma push_macro("STBI_FREE")
#undef STBI_FREE
#pragma push_macro("STBI_NO_STDIO")
#undef STBI_NO_STDIO
#pragma push_macro("STBI_NO_LINEAR")
#undef STBI_NO_LINEAR
#pragma push_macro("STBI_NO_HDR")
#undef STBI_NO_HDR
#pragma push_macro("STBI_NO_BMP")
#undef STBI_NO_BMP
#pragma push_macro("STBI_NO_PSD")
#undef STBI_NO_PSD
#pragma push_macro("STBI_NO_TGA")
#undef STBI_NO_TGA
#pragma push_macro("STBI_NO_GIF")
#undef STBI_NO_GIF
#pragma push_macro("STBI_NO_PIC")
#undef STBI_NO_PIC
#pragma push_macro("STBI_NO_PNM")
#undef STBI_NO_PNM
#pragma push_macro("stbi__err")
#undef stbi__err
#define STBI_INCLUDE_STB_IMAGE_H
#define STB_IMAGE_IMPLEMENTATION
#define STBIDEF static
#define STBI_ASSERT(condition) assert(condition)
#define STBI_MALLOC(size) ::tinyres::detail::stb_allocate(size)
#define STBI_REALLOC(memory, size) ::tinyres::detail::stb_reallocate(memory, size)
#define STBI_FREE(memory) ::std::free(memory)
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_BMP
#define STBI_NO_PSD
#define STBI_NO_TGA
#define STBI_NO_PIC
#define STBI_NO_PNM
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {
namespace stb {
using stbi_uc = unsigned char;
using stbi_us = unsigned short;
enum { STBI_default = 0, STBI_grey = 1, STBI_grey_alpha = 2, STBI_rgb = 3, STBI_rgb_alpha = 4 };
// An empty part of a file is copied from and to a null pointer, which std::memcpy does not allow.
static inline void* memcpy(void* to, const void* from, std::size_t bytes) {
    return bytes == 0 ? to : std::memcpy(to, from, bytes);
}
struct stbi_io_callbacks {
    int (*read)(void* user, char* data, int size);
    void (*skip)(void* user, int size);
    int (*eof)(void* user);
};
#if __has_include(<stb_image.h>)
#include <stb_image.h>
#elif __has_include(<stb/stb_image.h>)
#include <stb/stb_image.h>
#else
#error "tinyres: reading pictures needs stb_image.h; install it (Debian: libstb-dev) or link CMake's tinyres::io"
#endif
} // namespace stb
} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
#undef STBI_INCLUDE_STB_IMAGE_H
#pragma pop_macro("STBI_INCLUDE_STB_IMAGE_H")
#undef STB_IMAGE_IMPLEMENTATION
#pragma pop_macro("STB_IMAGE_IMPLEMENTATION")
#undef STB_IMAGE_STATIC
#pragma pop_macro("STB_IMAGE_STATIC")
#undef STBIDEF
#pragma pop_macro("STBIDEF")
#undef STBI_ASSERT
#pragma pop_macro("STBI_ASSERT")
#undef STBI_MALLOC
#pragma pop_macro("STBI_MALLOC")
#undef STBI_REALLOC
#pragma pop_macro("STBI_REALLOC")
#undef STBI_REALLOC_SIZED
#pragma pop_macro("STBI_REALLOC_SIZED")
#undef STBI_FREE
#pragma pop_macro("STBI_FREE")
#undef STBI_NO_STDIO
#pragma pop_macro("STBI_NO_STDIO")
#undef STBI_NO_LINEAR
#pragma pop_macro("STBI_NO_LINEAR")
#undef STBI_NO_HDR
#pragma pop_macro("STBI_NO_HDR")
#undef STBI_NO_BMP
#pragma pop_macro("STBI_NO_BMP")
#undef STBI_NO_PSD
#pragma pop_macro("STBI_NO_PSD")
#undef STBI_NO_TGA
#pragma pop_macro("STBI_NO_TGA")
#undef STBI_NO_GIF
#pragma pop_macro("STBI_NO_GIF")
#undef STBI_NO_PIC
#pragma pop_macro("STBI_NO_PIC")
#undef STBI_NO_PNM
#pragma pop_macro("STBI_NO_PNM")
#undef stbi__err
#pragma pop_macro("stbi__err")
