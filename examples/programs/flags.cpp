#include "flags.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>
#include <tinyres/core/error.hpp>

namespace example {

using tinyres::Error;

void require_as_begun(const Flags& begun, const Flags& now, const std::set<std::string>& given) {
    for (const auto& [flag, value] : now)
        if (given.contains(flag) && begun.at(flag) != value)
            throw Error("--" + flag + ": the run to resume was begun with " + begun.at(flag) + ", not " + value +
                        "; leave the flag out, or begin another run with another --out");
}

void require_flag(bool valid, const std::string& flag, const std::string& value, const std::string& remedy) {
    if (!valid) throw Error("--" + flag + ": " + value + " is impossible; give " + remedy);
}

double learning_rate_of(const std::string& text, const std::string& flag, const std::string& remedy) {
    double value = 0.0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    require_flag(error == std::errc{} && stop == end && std::isfinite(value) && value > 0, flag, "'" + text + "'",
                 remedy);
    return value;
}

std::string shell_word(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
        return c >= 0x80 || std::isalnum(c) != 0 ||
               std::string_view("/._-+=:,@%").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (plain) return word;
    std::string result = "'";
    for (const char character : word) result += character == '\'' ? std::string("'\\''") : std::string(1, character);
    return result + '\'';
}

} // namespace example
