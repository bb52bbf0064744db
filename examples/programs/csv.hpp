#pragma once

#include <string>

namespace example {

/// Text as a field of a CSV file: in quotes where it needs them, as RFC 4180 says.
inline std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char character : text) quoted += character == '"' ? std::string("\"\"") : std::string(1, character);
    return quoted + '"';
}

} // namespace example
