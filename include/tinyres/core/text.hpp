#pragma once

#include "tinyres/core/config.hpp"

#include <string_view>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A short string that can be built and kept by the compiler: names of tensors and paths of layers.
struct Text {
    static constexpr int capacity = 63;
    char characters[capacity + 1] = {};
    int length = 0;

    constexpr Text() = default;
    constexpr Text(std::string_view text) { append(text); } // NOLINT(google-explicit-constructor)

    constexpr void append(std::string_view text) {
        for (const char character : text) {
            if (length == capacity) throw "tinyres: a layer's path is longer than 63 characters; nest less deeply";
            characters[length++] = character;
        }
    }

    constexpr void append(int number) {
        if (number >= 10) append(number / 10);
        const char digit = static_cast<char>('0' + number % 10);
        append(std::string_view{&digit, 1});
    }

    constexpr std::string_view view() const { return {characters, static_cast<std::size_t>(length)}; }
    friend constexpr bool operator==(const Text& a, std::string_view b) { return a.view() == b; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
