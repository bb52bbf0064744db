#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The greatest of a pooling window's values, lane by lane, and the number of the element that it is.
template <class V>
struct WindowMaximum {
    V value;
    V place;
};

/// Of `Count` elements, `element(number)` each, the first that is greatest; a NaN is greater than all numbers.
template <int Count, class V, class Element>
[[gnu::always_inline]] inline WindowMaximum<V> maximum_of(Element element) {
    WindowMaximum<V> maximum{element(std::integral_constant<int, 0>{}), V(0.0f)};
    unrolled<Count - 1>([&](auto before) __attribute__((always_inline)) {
        constexpr int number = before + 1;
        const V value = element(std::integral_constant<int, number>{});
        const auto greater = value > maximum.value || is_nan(value);
        maximum.value = choose(greater, value, maximum.value);
        maximum.place = choose(greater, V(static_cast<float>(number)), maximum.place);
    });
    return maximum;
}

/// Places as bytes, one a lane.
template <class V>
[[gnu::always_inline]] inline void store_places(const V& places, std::byte* to) {
    if constexpr (std::is_same_v<V, float>) {
        *to = static_cast<std::byte>(static_cast<int>(places));
    } else {
        using Bytes = detail::BytesOf<V>;
        const auto numbers = std::bit_cast<detail::FloatsOf<V>>(typename V::register_type(places));
        const Bytes bytes = __builtin_convertvector(__builtin_convertvector(numbers, detail::BitsOf<V>), Bytes);
        std::memcpy(to, &bytes, sizeof(bytes));
    }
}

/// Reads them again.
template <class V>
[[gnu::always_inline]] inline V load_places(const std::byte* from) {
    if constexpr (std::is_same_v<V, float>) {
        return static_cast<float>(static_cast<int>(*from));
    } else {
        detail::BytesOf<V> bytes;
        std::memcpy(&bytes, from, sizeof(bytes));
        const auto numbers =
            __builtin_convertvector(__builtin_convertvector(bytes, detail::BitsOf<V>), detail::FloatsOf<V>);
        return V(std::bit_cast<typename V::register_type>(numbers));
    }
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
