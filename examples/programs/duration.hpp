#pragma once

#include "text.hpp"

#include <chrono>
#include <cmath>
#include <string>

namespace example {

/// A duration as one would say it: "45 s", "12 min", "1 h 05 min".
inline std::string spoken_duration(double seconds) {
    if (seconds < 90) return printed("%.0f s", seconds);
    const long long minutes = std::llround(seconds / 60);
    return minutes < 60 ? printed("%lld min", minutes) : printed("%lld h %02lld min", minutes / 60, minutes % 60);
}

/// The same as a clock shows it: "0:45", "12:03", "1:05:00".
inline std::string clock_duration(double seconds) {
    const long long whole = std::llround(seconds);
    if (whole < 3600) return printed("%lld:%02lld", whole / 60, whole % 60);
    return printed("%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
}

/// Measures seconds from its making on.
class Stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
};

} // namespace example
