#pragma once

#include "duration.hpp"

#include <string>

namespace example {

/// Shows how far some work is. In a terminal that is one line with a bar, drawn again in its place and gone when the
/// work is done; otherwise a plain line for every tenth of the work.
///
///     Epoch 3/24 [=========>             ]  45/98  loss 0.9123  67.12%  98 images/s  4:32 left
class StatusLine {
public:
    /// What is shown where there is no terminal.
    enum class Elsewhere { lines, nothing };

    /// `steps` is the size of the work.
    StatusLine(std::string label, int steps, Elsewhere elsewhere = Elsewhere::lines);
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;
    ~StatusLine() { clear(); }

    /// `done` steps are done; `details` says what there is to say about them.
    void update(int done, const std::string& details);

    /// Shows `text` in place of the bar, in a terminal only.
    void replace(const std::string& text);

    /// Prints a line that stays.
    void print(const std::string& line);

    /// Removes the bar.
    void clear();

    double seconds() const { return watch_.seconds(); }

private:
    void draw(std::string text);

    std::string label_;
    int steps_;
    Elsewhere elsewhere_;
    bool terminal_;
    std::string drawn_;
    int tenths_ = 0;
    double drawn_at_ = -1.0;
    Stopwatch watch_;
};

} // namespace example
