#pragma once

#include <cstdarg>
#include <cstdio>
#include <string>

namespace example {

/// What printf would print, as a string.
[[gnu::format(printf, 1, 2)]] inline std::string printed(const char* format, ...) {
    std::va_list arguments;
    std::va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);
    std::string text(static_cast<std::size_t>(std::vsnprintf(nullptr, 0, format, arguments)), '\0');
    std::vsnprintf(text.data(), text.size() + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

/// 6575370 as "6,575,370".
inline std::string with_commas(long long number) {
    std::string digits = std::to_string(number);
    for (std::ptrdiff_t at = std::ssize(digits) - 3; at > (number < 0 ? 1 : 0); at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

/// How many characters a text in UTF-8 has; about as many columns it takes in a terminal.
inline std::size_t columns_of(const std::string& text) {
    std::size_t count = 0;
    for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u ? 1 : 0;
    return count;
}

/// A text in UTF-8 of at most `most` characters; one that is longer ends in "…".
inline std::string shortened(const std::string& text, std::size_t most) {
    if (columns_of(text) <= most) return text;
    std::size_t end = 0;
    for (std::size_t count = 0; end < text.size(); ++end)
        if ((static_cast<unsigned char>(text[end]) & 0xC0u) != 0x80u && ++count == most) break;
    return text.substr(0, end) + "\u2026";
}

} // namespace example
