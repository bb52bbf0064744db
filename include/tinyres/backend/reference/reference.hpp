#pragma once

#include "tinyres/backend/host/on_host.hpp"
#include "tinyres/core/layer.hpp"

#include <algorithm>
#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The oracle: every operation as the plain loops of its definition, one thread, in `T` (float or double) throughout.
/// The loops take their sizes at run time, so they are compiled once for all shapes, and count in ints: no activation
/// of a batch may have more than 2,147,483,647 numbers.
/// Other backends are tested against it; in double it is tested against finite differences.
template <class T = double>
struct Reference {
    static constexpr bool on_host = true;
    using Scalar = T;
    using Storage = T;
    template <class U>
    using Buffer = host::Buffer<U>;
    using LossMemory = host::LossMemory;
    using Steps = host::Steps;

    static constexpr int threads() { return 1; }

    template <class U>
    static host::Buffer<U> allocate(std::size_t size) {
        return host::Buffer<U>(size);
    }
    static void upload(std::span<const float> from, T* to) {
        std::transform(from.begin(), from.end(), to, [](float value) { return static_cast<T>(value); });
    }
    static void download(const T* from, std::span<float> to) {
        std::transform(from, from + to.size(), to.begin(), [](T value) { return static_cast<float>(value); });
    }
    template <class V>
    static V fetch(const V* from) {
        return *from;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
