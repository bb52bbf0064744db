#pragma once

#include <charconv>
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <system_error>
#include <tinyres/core/error.hpp>

namespace example {

/// Accepts what fits into 64 bits; CLI11 itself takes "-1" for the largest number.
inline CLI::Validator whole_number() {
    return CLI::Validator(
        [](const std::string& text) {
            std::uint64_t number = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            const bool whole = error == std::errc{} && end == text.data() + text.size();
            return whole ? std::string{} : "'" + text + "' is not a whole number from 0 to 18446744073709551615";
        },
        "");
}

/// Parses the command line. Returns false when it asked for help or the version, which is then printed. Throws Error,
/// naming what is wrong.
inline bool parse(CLI::App& app, int count, const char* const* arguments) {
    try {
        app.parse(count, arguments);
    } catch (const CLI::Success& request) {
        app.exit(request);
        return false;
    } catch (const CLI::ParseError& error) {
        throw tinyres::Error(std::string(error.what()) + "; --help shows what can be given");
    }
    return true;
}

} // namespace example
