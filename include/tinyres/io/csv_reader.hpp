#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Reads CSV text record by record (RFC 4180): fields between commas, quoted ones with commas, line breaks and doubled
/// quotes in them; lines end in "\n" or "\r\n". Empty lines are passed over, as is a byte order mark.
class CsvReader {
public:
    explicit CsvReader(std::string_view text) : text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) place_ = 3;
    }

    /// The next record; nothing at the end of the text, or where it is wrong (`problem`).
    std::optional<std::vector<std::string>> next() {
        while (skip_line_break()) ++next_line_;
        line_ = next_line_;
        if (!problem_.empty() || place_ == text_.size()) return std::nullopt;
        std::vector<std::string> fields;
        for (;;) {
            fields.push_back(at('"') ? quoted_field() : plain_field());
            if (!problem_.empty()) return std::nullopt;
            if (!at(',')) break;
            ++place_;
        }
        return fields;
    }

    /// The line in which the last record began, from 1.
    std::size_t line() const { return line_; }

    /// What is wrong with the text, as far as it was read; empty when nothing is.
    const std::string& problem() const { return problem_; }

private:
    bool at(char c) const { return place_ < text_.size() && text_[place_] == c; }

    bool skip_line_break() {
        if (text_.substr(place_).starts_with("\r\n")) ++place_;
        if (!at('\n')) return false;
        ++place_;
        return true;
    }

    std::string plain_field() {
        const std::size_t begin = place_;
        while (place_ < text_.size() && !at(',') && !at('\n') && !text_.substr(place_).starts_with("\r\n")) {
            if (at('"')) problem_ = "a quote within a field that does not begin with one";
            ++place_;
        }
        return std::string{text_.substr(begin, place_ - begin)};
    }

    std::string quoted_field() {
        std::string field;
        for (++place_;; ++place_) {
            if (place_ == text_.size()) {
                problem_ = "a quote that is not closed";
                return field;
            }
            if (at('"')) {
                ++place_;
                if (!at('"')) break;
            }
            if (at('\n')) ++next_line_;
            field += text_[place_];
        }
        if (place_ < text_.size() && !at(',') && !at('\n') && !text_.substr(place_).starts_with("\r\n"))
            problem_ = "text behind a quote that is closed";
        return field;
    }

    std::string_view text_;
    std::size_t place_ = 0;
    std::size_t line_ = 1;
    std::size_t next_line_ = 1;
    std::string problem_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
