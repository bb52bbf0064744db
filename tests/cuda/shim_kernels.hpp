#pragma once

#include "tinyres/backend/cuda/intrinsics.hpp"
#include "tinyres/backend/cuda/launch.hpp"

#include <doctest/doctest.h>
#include <random>
#include <string>
#include <vector>

/// What tests of the emulated GPU itself have in common: its messages, and arrays in its memory.
namespace shim_tests {

namespace tr = tinyres;

/// The message of the Fault that `action` throws, or "no fault".
template <class Action>
std::string fault_of(Action&& action) {
    try {
        action();
    } catch (const cuda_shim::Fault& fault) {
        return fault.what();
    }
    return "no fault";
}

/// Checks that `text` holds `part`.
inline void check_holds(const std::string& text, const std::string& part) {
    CAPTURE(text);
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
}

template <class T>
std::vector<T> numbers(std::size_t count, unsigned seed) {
    std::minstd_rand random(seed);
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    std::vector<T> values(count);
    for (T& value : values) value = static_cast<T>(uniform(random));
    return values;
}

/// An array of the GPU with a copy of some values.
template <class T>
tr::cuda::Buffer<T> on_device(const std::vector<T>& values) {
    tr::cuda::Buffer<T> buffer(values.size());
    tr::cuda::check(cudaMemcpy(buffer.data(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
                    "copying");
    return buffer;
}
template <class T>
std::vector<T> on_host(const tr::cuda::Buffer<T>& buffer) {
    std::vector<T> values(buffer.size());
    tr::cuda::check(cudaMemcpy(values.data(), buffer.data(), values.size() * sizeof(T), cudaMemcpyDeviceToHost),
                    "copying");
    return values;
}

/// Shared memory of a block.
struct Numbers {
    float values[64];
};
constexpr std::size_t shared_numbers = sizeof(Numbers);

/// By a pointer, or a compiler would see what is wrong.
inline __global__ void write_shared_at(int index) {
    float* const values = tr::cuda::shared_memory<Numbers>().values;
    values[index] = 1.0f;
}

} // namespace shim_tests
