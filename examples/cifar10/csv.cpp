#include "csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <string_view>
#include <tinyres/core/error.hpp>

namespace example {

namespace {

/// Empty when a field is no finite number.
std::vector<double> finite_numbers(std::string_view line) {
    std::vector<double> numbers;
    for (;;) {
        const std::string_view field = line.substr(0, line.find(','));
        double value = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (error != std::errc{} || end != field.data() + field.size() || !std::isfinite(value)) return {};
        numbers.push_back(value);
        if (field.size() == line.size()) return numbers;
        line.remove_prefix(field.size() + 1);
    }
}

} // namespace

std::vector<std::vector<double>> numbers_of_csv(const std::string& text, const std::string& header,
                                                const std::string& file) {
    std::istringstream stream(text);
    std::string line;
    int number = 1;
    const auto damaged = [&](const std::string& what) {
        return tinyres::Error("'" + file + "' is damaged: line " + std::to_string(number) + ' ' + what);
    };
    if (!std::getline(stream, line) || line != header) throw damaged("is not \"" + header + "\"");
    const std::size_t columns = static_cast<std::size_t>(std::count(header.begin(), header.end(), ',')) + 1;
    std::vector<std::vector<double>> rows;
    while (std::getline(stream, line)) {
        ++number;
        rows.push_back(finite_numbers(line));
        if (rows.back().size() != columns) throw damaged("does not hold " + std::to_string(columns) + " numbers");
    }
    return rows;
}

} // namespace example
