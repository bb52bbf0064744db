#pragma once

#include "tinyres/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How training went: named columns of numbers with a row for each epoch, or each step, and their text as CSV or as
/// JSON lines. Numbers have as many digits as give the same double back, so equal runs have equal texts.
///
///     History history({"epoch", "loss", "accuracy"});
///     fit(model, optimizer, schedule, loader, [&](int epoch, const Metrics& metrics) {
///         history.append({epoch + 1.0, metrics.loss(), metrics.accuracy()});
///     });
///     std::ofstream("history.csv") << history.csv();
class History {
public:
    /// Throws Error when a name is empty or there twice, or has a comma, a quote, a backslash or a control character.
    explicit History(std::vector<std::string> columns) : columns_(std::move(columns)) {
        for (const std::string& column : columns_) {
            const auto awkward = [](char c) {
                return c == ',' || c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
            };
            if (column.empty() || std::any_of(column.begin(), column.end(), awkward) ||
                std::count(columns_.begin(), columns_.end(), column) > 1)
                throw Error("History: '" + column +
                            "' cannot be the name of a column; give different ones without commas or quotes");
        }
    }

    /// What `csv()` of a history with these columns gave. Throws Error, naming `file` and the line, when the text is
    /// anything else.
    static History from_csv(std::string_view text, std::vector<std::string> columns, const std::string& file) {
        History history(std::move(columns));
        const std::string header = history.header();
        int number = 0;
        while (!text.empty() || number == 0) {
            const std::string_view line = text.substr(0, text.find('\n'));
            text.remove_prefix((std::min)(line.size() + 1, text.size()));
            const auto damaged = [&](const std::string& what) {
                return Error("'" + file + "' is damaged: line " + std::to_string(number) + ' ' + what);
            };
            if (++number == 1) {
                if (line != header) throw damaged("is not \"" + header + "\"");
                continue;
            }
            std::vector<double> row = numbers_in(line);
            if (row.size() != history.columns_.size())
                throw damaged("does not hold " + std::to_string(history.columns_.size()) + " numbers");
            history.rows_.push_back(std::move(row));
        }
        return history;
    }

    /// Adds a row. Throws Error unless it has a number for each column.
    void append(std::vector<double> row) {
        if (row.size() != columns_.size())
            throw Error("History: a row of " + std::to_string(row.size()) + " numbers for " +
                        std::to_string(columns_.size()) + " columns; give one for each");
        rows_.push_back(std::move(row));
    }

    const std::vector<std::string>& columns() const { return columns_; }
    const std::vector<std::vector<double>>& rows() const& { return rows_; }
    std::vector<std::vector<double>> rows() && { return std::move(rows_); } // a loop over a temporary's rows keeps them

    /// The names in the first line, and a line for each row.
    std::string csv() const {
        std::string text = header() + '\n';
        for (const std::vector<double>& row : rows_) {
            for (std::size_t i = 0; i < row.size(); ++i) (text += i == 0 ? "" : ",") += number(row[i]);
            text += '\n';
        }
        return text;
    }

    /// An object a line for each row: {"epoch":1,"loss":2.25}. What is not finite is null, as JSON has no such numbers.
    std::string json_lines() const {
        std::string text;
        for (const std::vector<double>& row : rows_) {
            for (std::size_t i = 0; i < row.size(); ++i)
                ((text += i == 0 ? "{\"" : ",\"") += columns_[i] + "\":") +=
                    std::isfinite(row[i]) ? number(row[i]) : std::string("null");
            text += "}\n";
        }
        return text;
    }

private:
    std::string header() const {
        std::string text;
        for (const std::string& column : columns_) (text += text.empty() ? "" : ",") += column;
        return text;
    }

    /// 12 rather than 12.0 or 1.2e+01.
    static std::string number(double value) {
        char text[32];
        const bool whole = std::abs(value) < 1e15 && value == std::floor(value);
        char* const end = whole ? std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr
                                : std::to_chars(text, text + sizeof text, value).ptr;
        return {&text[0], end};
    }

    /// Empty when a field is not a number.
    static std::vector<double> numbers_in(std::string_view line) {
        std::vector<double> numbers;
        for (;;) {
            const std::string_view field = line.substr(0, line.find(','));
            double value = 0.0;
            const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
            if (error != std::errc{} || end != field.data() + field.size()) return {};
            numbers.push_back(value);
            if (field.size() == line.size()) return numbers;
            line.remove_prefix(field.size() + 1);
        }
    }

    std::vector<std::string> columns_;
    std::vector<std::vector<double>> rows_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
