#include "examples/program.hpp"

#include <array>
#include <cstdint>
#include <pty.h>

using namespace tinyres_test;

namespace {

/// What the program writes to a terminal of `columns` columns.
std::string in_terminal(const Arguments& arguments, unsigned short columns) {
    int terminal = -1;
    const ::winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    const ::pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (child < 0) throw std::runtime_error{"cannot make a terminal"};
    if (child == 0) {
        ::setenv("TERM", "xterm", 1);
        Program::execute(arguments, [] { return true; });
    }
    std::string text;
    std::array<char, 4096> buffer{};
    for (::ssize_t count = 0; (count = ::read(terminal, buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(count));
    ::close(terminal);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    return text;
}

/// The rows that are left on the screen when "\r" goes to the row's beginning and "\033[K" clears the rest of it.
/// Checks that nothing is ever wider than the screen.
std::vector<std::string> screen_of(const std::string& text, std::size_t columns, int& redrawn) {
    std::vector<std::string> rows{""};
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string& row = rows.back();
        if (text[i] == '\n') {
            rows.emplace_back();
            column = 0;
        } else if (text[i] == '\r') {
            redrawn += column > 0 && i + 1 < text.size() && text[i + 1] != '\n' ? 1 : 0;
            column = 0;
        } else if (text.compare(i, 3, "\033[K") == 0) {
            row.resize(column);
            i += 2;
        } else {
            row.resize(std::max(row.size(), column + 1));
            row[column++] = text[i];
            if (row.starts_with("Epoch 1/")) CHECK(column < columns);
        }
    }
    return rows;
}

} // namespace

TEST_CASE("in a terminal the progress is one row that is drawn again and gone in the end") {
    for (const std::uint16_t columns : std::initializer_list<std::uint16_t>{100, 80, 30}) {
        CAPTURE(columns);
        const TemporaryDirectory directory;
        const std::string text = in_terminal(
            tiny_training(directory / "run", {"--epochs", "1", "--limit-train", "8", "--batch-size", "1"}), columns);
        int redrawn = 0;
        const std::vector<std::string> screen = screen_of(text, columns, redrawn);
        CHECK(redrawn >= 3);
        if (columns >= 80) CHECK(text.find("=>") != std::string::npos);
        if (columns >= 80) CHECK(text.find(" left") != std::string::npos);
        int lines = 0;
        for (const std::string& row : screen) {
            CHECK(!row.starts_with("Epoch 1/1"));
            lines += row.starts_with("Epoch 1 LR [") || row.starts_with("Test set: ") ? 1 : 0;
        }
        CHECK(lines == 2);
    }
}
