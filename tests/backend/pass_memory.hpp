#pragma once

#include "tinyres/core/bfloat16.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <vector>

/// What layers' kernels work in when a test runs them outside any plan. Every array is an allocation of its own and as
/// long as the kernel asked, so that AddressSanitizer sees a step beyond it, and holds NaN until the kernel writes to
/// it.
namespace passes {

namespace tr = tinyres;

/// The memory that a backend's kernels work in and this program reads and writes, aligned to 64 bytes. A backend whose
/// memory is another specializes it.
template <class Backend>
struct Memory {
    static void* allocate(std::size_t bytes) { return ::operator new[](bytes, std::align_val_t{64}); }
    static void free(void* memory) { ::operator delete[](memory, std::align_val_t{64}); }
    /// Waits until the backend's kernels have run.
    static void wait() {}
};

/// The same for code that does not know the backend's type.
struct MemoryFunctions {
    void* (*allocate)(std::size_t);
    void (*free)(void*);
    void (*wait)();
};

template <class Backend>
inline constexpr MemoryFunctions memory_of{&Memory<Backend>::allocate, &Memory<Backend>::free, &Memory<Backend>::wait};

/// How an array's elements are stored.
enum class Format { bytes, bfloat16, float32, float64 };

template <class T>
inline constexpr Format format_of = std::is_same_v<T, double>         ? Format::float64
                                    : std::is_same_v<T, float>        ? Format::float32
                                    : std::is_same_v<T, tr::bfloat16> ? Format::bfloat16
                                                                      : Format::bytes;

constexpr std::size_t size_of(Format format) {
    switch (format) {
    case Format::bfloat16:
        return sizeof(tr::bfloat16);
    case Format::float32:
        return sizeof(float);
    case Format::float64:
        return sizeof(double);
    case Format::bytes:
        break;
    }
    return 1;
}

/// `size` elements of a backend's memory, all bits set: NaN in every floating-point format.
class Buffer {
public:
    Buffer(const MemoryFunctions& memory, Format format, std::size_t size)
        : memory_(memory),
          format_(format),
          size_(size),
          data_(static_cast<std::byte*>(memory.allocate(size * size_of(format)))) {
        std::memset(data_, 0xff, size * size_of(format));
    }
    Buffer(const MemoryFunctions& memory, Format format, const std::vector<float>& values)
        : Buffer(memory, format, values.size()) {
        fill(values);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { memory_.free(data_); }

    std::byte* bytes() const { return data_; }

    void fill(const std::vector<float>& values) const {
        if (format_ == Format::bfloat16) write<tr::bfloat16>(values);
        if (format_ == Format::float32) write<float>(values);
        if (format_ == Format::float64) write<double>(values);
    }
    std::vector<double> values() const {
        memory_.wait();
        if (format_ == Format::bfloat16) return read<tr::bfloat16>();
        if (format_ == Format::float32) return read<float>();
        return read<double>();
    }

private:
    template <class T>
    T* elements() const {
        return reinterpret_cast<T*>(data_);
    }
    template <class T>
    void write(const std::vector<float>& values) const {
        std::transform(values.begin(), values.end(), elements<T>(), [](float value) { return static_cast<T>(value); });
    }
    template <class T>
    std::vector<double> read() const {
        return {elements<T>(), elements<T>() + size_};
    }

    MemoryFunctions memory_;
    Format format_;
    std::size_t size_;
    std::byte* data_;
};

/// The same for code that knows the types.
template <class Backend, class T>
class Array : public Buffer {
public:
    explicit Array(std::size_t size) : Buffer(memory_of<Backend>, format_of<T>, size) {}
    explicit Array(const std::vector<float>& values) : Buffer(memory_of<Backend>, format_of<T>, values) {}

    T* data() const { return reinterpret_cast<T*>(bytes()); }
};

} // namespace passes
