#pragma once

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

namespace example {

/// A number as Python prints it, as in the lines of the reference's log: the fewest digits that give the same double
/// back, in scientific form below 1e-4 and from 1e16 on.
///
///     python_number(3.2e-6) == "3.2e-06"    python_number(0.00019328) == "0.00019328"    python_number(1) == "1.0"
inline std::string python_number(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    char text[32];
    char* const end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    std::string scientific(&text[0], end); // "-d.ddde-05": exponents have two digits at least, as Python's
    const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
    if (exponent < -4 || exponent >= 16) return scientific;
    char* const fixed_end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
    const std::string fixed(&text[0], fixed_end);
    return fixed.find('.') == std::string::npos ? fixed + ".0" : fixed;
}

/// A computed number in the same form, rounded to 15 digits: without the noise of the arithmetic, 3.2e-4 / 100
/// is 3.2e-06 and not 3.2000000000000003e-06.
inline std::string rounded_python_number(double value) {
    char text[32];
    char* const end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 14).ptr;
    double rounded = value;
    std::from_chars(text, end, rounded);
    return python_number(rounded);
}

} // namespace example
