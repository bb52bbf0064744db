#pragma once

// Needs stb_image_write 1.16 or newer (https://github.com/nothings/stb; Debian: libstb-dev).

#include "tinyres/core/config.hpp"

#include <cassert>
#include <cmath>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#pragma GCC system_header // stb's source is not held to this library's warnings

// Static, in a namespace of the library and without a trace among the macros, for the same reasons as stb_image.hpp.
#pragma push_macro("INCLUDE_STB_IMAGE_WRITE_H")
#undef INCLUDE_STB_IMAGE_WRITE_H
#pragma push_macro("STB_IMAGE_WRITE_IMPLEMENTATION")
#undef STB_IMAGE_WRITE_IMPLEMENTATION
#pragma push_macro("STB_IMAGE_WRITE_STATIC")
#undef STB_IMAGE_WRITE_STATIC
#pragma push_macro("STBIWDEF")
#undef STBIWDEF
#pragma push_macro("STBI_WRITE_NO_STDIO")
#undef STBI_WRITE_NO_STDIO
#pragma push_macro("STBIW_ASSERT")
#undef STBIW_ASSERT
#pragma push_macro("STBIW_MALLOC")
#undef STBIW_MALLOC
#pragma push_macro("STBIW_REALLOC")
#undef STBIW_REALLOC
#pragma push_macro("STBIW_REALLOC_SIZED")
#undef STBIW_REALLOC_SIZED
#pragma push_macro("STBIW_FREE")
#undef STBIW_FREE
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STBIW_ASSERT(condition) assert(condition)
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {
namespace stb {
#if __has_include(<stb_image_write.h>)
#include <stb_image_write.h>
#elif __has_include(<stb/stb_image_write.h>)
#include <stb/stb_image_write.h>
#else
#error "tinyres: writing PNG needs stb_image_write.h; install it (Debian: libstb-dev) or link CMake's tinyres::io"
#endif
} // namespace stb
} // namespace detail
} // namespace TINYRES_ARCH
} // namespace tinyres
#undef INCLUDE_STB_IMAGE_WRITE_H
#pragma pop_macro("INCLUDE_STB_IMAGE_WRITE_H")
#undef STB_IMAGE_WRITE_IMPLEMENTATION
#pragma pop_macro("STB_IMAGE_WRITE_IMPLEMENTATION")
#undef STB_IMAGE_WRITE_STATIC
#pragma pop_macro("STB_IMAGE_WRITE_STATIC")
#undef STBIWDEF
#pragma pop_macro("STBIWDEF")
#undef STBI_WRITE_NO_STDIO
#pragma pop_macro("STBI_WRITE_NO_STDIO")
#undef STBIW_ASSERT
#pragma pop_macro("STBIW_ASSERT")
#undef STBIW_MALLOC
#pragma pop_macro("STBIW_MALLOC")
#undef STBIW_REALLOC
#pragma pop_macro("STBIW_REALLOC")
#undef STBIW_REALLOC_SIZED
#pragma pop_macro("STBIW_REALLOC_SIZED")
#undef STBIW_FREE
#pragma pop_macro("STBIW_FREE")
