#pragma once

#include "tinyres/backend/cpu/simd.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/layers/relu6.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The activation behind a normalization, as part of the normalization's passes: `apply(z)` is what it gives, and
/// `gradient(z, dy)` what it passes back. Without a layer there is none.
template <class Layer = void>
struct Rectifier {
    template <class V>
    [[gnu::always_inline]] static V apply(const V& z) {
        return z;
    }
    template <class V>
    [[gnu::always_inline]] static V gradient(const V&, const V& dy) {
        return dy;
    }
};

/// max(z, 0).
template <>
struct Rectifier<ReLU> {
    template <class V>
    [[gnu::always_inline]] static V apply(const V& z) {
        return choose(z < V(0.0f), V(0.0f), z);
    }
    template <class V>
    [[gnu::always_inline]] static V gradient(const V& z, const V& dy) {
        return choose(z > V(0.0f), dy, V(0.0f));
    }
};

/// min(max(z, 0), 6).
template <>
struct Rectifier<ReLU6> {
    template <class V>
    [[gnu::always_inline]] static V apply(const V& z) {
        return ReLU6::value(z);
    }
    template <class V>
    [[gnu::always_inline]] static V gradient(const V& z, const V& dy) {
        return choose(z <= V(0.0f) || z >= V(6.0f), V(0.0f), dy);
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
