#include "status_line.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace example {

namespace {

constexpr double seconds_between_draws = 0.05;
constexpr std::size_t narrowest_bar = 5;

bool stdout_is_terminal() {
    const char* const kind = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

/// What fits on a line without the cursor going to the next.
std::size_t terminal_width() {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (known ? size.ws_col : std::size_t{80}) - 1;
}

std::string bar(std::size_t columns, double part) {
    const std::size_t filled = static_cast<std::size_t>(part * static_cast<double>(columns));
    std::string text(columns, ' ');
    std::fill_n(text.begin(), filled, '=');
    if (filled < columns) text[filled] = '>';
    return '[' + text + ']';
}

} // namespace

StatusLine::StatusLine(std::string label, int steps, Elsewhere elsewhere)
    : label_(std::move(label)), steps_(steps), elsewhere_(elsewhere), terminal_(stdout_is_terminal()) {}

void StatusLine::update(int done, const std::string& details) {
    if (!terminal_ && elsewhere_ == Elsewhere::nothing) return;
    const double seconds = watch_.seconds();
    const std::string left = clock_duration(seconds / done * (steps_ - done)) + " left";
    const std::string total = std::to_string(steps_);
    std::string count = std::to_string(done);
    count.insert(0, total.size() - count.size(), ' ');
    const std::string text = count + '/' + total + "  " + details + "  " + left;
    if (!terminal_) {
        const int tenths = static_cast<int>(10LL * done / steps_);
        if (tenths > std::exchange(tenths_, tenths)) print("  " + label_ + "  " + text);
        return;
    }
    if (done < steps_ && drawn_at_ >= 0 && seconds - drawn_at_ < seconds_between_draws) return;
    drawn_at_ = seconds;
    const std::size_t taken = label_.size() + text.size() + 5; // two brackets, a space before and two after the bar
    const std::size_t width = terminal_width();
    if (taken + narrowest_bar > width)
        draw(label_ + "  " + text);
    else
        draw(label_ + ' ' + bar(std::min<std::size_t>(width - taken, 40), 1.0 * done / steps_) + "  " + text);
}

void StatusLine::replace(const std::string& text) {
    if (terminal_) draw(label_ + "  " + text);
}

void StatusLine::print(const std::string& line) {
    const std::string bar_text = std::exchange(drawn_, "");
    if (!bar_text.empty()) std::fputs("\r\033[K", stdout);
    std::puts(line.c_str());
    if (bar_text.empty())
        std::fflush(stdout);
    else
        draw(bar_text);
}

void StatusLine::clear() {
    if (std::exchange(drawn_, "").empty()) return;
    std::fputs("\r\033[K", stdout);
    std::fflush(stdout);
}

void StatusLine::draw(std::string text) {
    text.resize(std::min(text.size(), terminal_width()));
    std::fputs(("\r" + text + "\033[K").c_str(), stdout);
    std::fflush(stdout);
    drawn_ = std::move(text);
}

} // namespace example
