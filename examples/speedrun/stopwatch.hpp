#pragma once

#include <chrono>

namespace example {

/// Seconds that count; it runs from the beginning.
class Stopwatch {
public:
    /// While it exists, the time does not count.
    class Pause {
    public:
        explicit Pause(Stopwatch& watch) : watch_(watch) { watch_.counted_ += Clock::now() - watch_.start_; }
        Pause(const Pause&) = delete;
        Pause& operator=(const Pause&) = delete;
        ~Pause() { watch_.start_ = Clock::now(); }

    private:
        Stopwatch& watch_;
    };

    /// Not within a pause.
    double seconds() const { return std::chrono::duration<double>(counted_ + (Clock::now() - start_)).count(); }

private:
    using Clock = std::chrono::steady_clock;

    Clock::time_point start_ = Clock::now();
    Clock::duration counted_{};
};

} // namespace example
