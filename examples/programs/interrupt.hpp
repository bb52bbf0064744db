#pragma once

#include "program.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <string>
#include <unistd.h>

namespace example {

/// While it exists, Ctrl-C (SIGINT), SIGTERM and a terminal that is closed (SIGHUP) do not end the program at once:
/// they are remembered, for the program to stop where it can do so in order, and answered where a person sees it. A
/// second one ends it. A signal that the program was started to ignore, as `nohup` and shells do for programs in the
/// background, stays ignored.
class InterruptGuard {
public:
    InterruptGuard() {
        answer_ = "\n" + program_name() +
                  ": stopping as soon as the work of this batch or test is safe; Ctrl-C again stops at once\n";
        struct sigaction action {};
        action.sa_handler = [](int number) {
            received_ = number;
            if (!stderr_is_terminal_) return;
            [[maybe_unused]] const auto written = ::write(STDERR_FILENO, answer_.data(), answer_.size());
        };
        action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
        for (std::size_t i = 0; i < signals.size(); ++i) {
            ::sigaction(signals[i], nullptr, &old_[i]);
            if (old_[i].sa_handler != SIG_IGN) ::sigaction(signals[i], &action, nullptr);
        }
    }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    ~InterruptGuard() {
        for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &old_[i], nullptr);
    }

    /// The signal that came, or 0.
    static int received() { return received_; }

private:
    static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};
    static inline volatile std::sig_atomic_t received_ = 0;
    static inline const bool stderr_is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    static inline std::string answer_; // made before a signal comes: a handler must not
    std::array<struct sigaction, signals.size()> old_{};
};

} // namespace example
