#pragma once

#include <cstddef>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define CUDA_SHIM_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CUDA_SHIM_ASAN 1
#endif
#ifdef CUDA_SHIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/// What AddressSanitizer has to be told; nothing without it.
namespace cuda_shim {

#ifdef CUDA_SHIM_ASAN
inline constexpr bool address_sanitizer = true;
inline void forbid(const void* memory, std::size_t bytes) {
    __asan_poison_memory_region(memory, bytes);
}
inline void permit(const void* memory, std::size_t bytes) {
    __asan_unpoison_memory_region(memory, bytes);
}
#else
inline constexpr bool address_sanitizer = false;
inline void forbid(const void*, std::size_t) {}
inline void permit(const void*, std::size_t) {}
#endif

/// A stack that execution comes back to.
struct Stack {
    const void* bottom = nullptr;
    std::size_t size = 0;
    void* shadow = nullptr; ///< AddressSanitizer's own

    /// Before execution leaves this stack for `other`.
#ifdef CUDA_SHIM_ASAN
    void leave_for(const Stack& other) {
        __sanitizer_start_switch_fiber(&shadow, other.bottom, other.size);
    }
    /// After execution has come (back) to this stack; keeps in `other` where from.
    void come_from(Stack& other) {
        __sanitizer_finish_switch_fiber(shadow, &other.bottom, &other.size);
    }
#else
    void leave_for(const Stack&) {}
    void come_from(Stack&) {}
#endif
};

} // namespace cuda_shim
