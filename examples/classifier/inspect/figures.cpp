#include "figures.hpp"

#include "programs/plot/axis.hpp"
#include "programs/plot/bar_plot.hpp"
#include "programs/plot/svg.hpp"
#include "programs/text.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace example::inspection {

namespace {

constexpr std::size_t most_bars = 40;

/// `name` in at most `most` characters of UTF-8.
std::string shortened(const std::string& name, std::size_t most) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < name.size(); ++i)
        if ((static_cast<unsigned char>(name[i]) & 0xC0) != 0x80 && ++characters > most)
            return name.substr(0, i) + "\u2026";
    return name;
}

std::string columns(const plot::Picture& picture, const Survey& survey, const std::vector<int>& sizes) {
    constexpr double left = 58, top = 12, right_margin = 14, bottom_margin = 34;
    const double right = picture.width - right_margin, bottom = picture.height - bottom_margin;
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t label) { return sizes[label]; });
    const plot::Axis axis = plot::rounded_axis({.label = "", .whole = true}, 0, sizes[order.front()]);
    std::string content;
    for (const plot::Tick& tick : plot::ticks(axis)) {
        const double y = bottom - axis.place(tick.value) * (bottom - top);
        content += plot::line(tick.label.empty() ? "fine" : "grid", left, y, right, y);
        if (!tick.label.empty()) content += plot::text(left - 8, y + 4.5, plot::Anchor::end, tick.label);
    }
    const double step = (right - left) / static_cast<double>(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const double height = axis.place(sizes[order[i]]) * (bottom - top);
        content += plot::rectangle("bar", left + step * static_cast<double>(i), bottom - height, 0.85 * step, height,
                                   plot::hover(survey.class_names[order[i]] + ": " + with_commas(sizes[order[i]])));
    }
    content += plot::text((left + right) / 2, bottom + 22, plot::Anchor::middle, "classes, the largest first");
    return content;
}

} // namespace

std::string class_figure(const Survey& survey) {
    std::vector<int> sizes;
    for (const auto& counts : survey.counts()) sizes.push_back(std::accumulate(counts.begin(), counts.end(), 0));
    const int largest = std::max(1, *std::ranges::max_element(sizes));
    plot::Picture picture{.name = "class-sizes",
                          .title = "Pictures of each class",
                          .subtitle = "",
                          .description = "The number of pictures that each class has; the table has the numbers."};
    if (sizes.size() > most_bars) return plot::svg(picture, plot::Place::page, columns(picture, survey, sizes));
    plot::BarPlot bars{.picture = picture, .bars = {}};
    for (std::size_t label = 0; label < sizes.size(); ++label)
        bars.bars.push_back({.label = shortened(survey.class_names[label], 10),
                             .share = static_cast<double>(sizes[label]) / largest,
                             .value = with_commas(sizes[label]),
                             .title = survey.class_names[label] + ": " + with_commas(sizes[label])});
    return plot::to_svg(bars, plot::Place::page);
}

std::string size_figure(const Survey& survey) {
    constexpr double left = 58, top = 34, right_margin = 14, bottom_margin = 48;
    constexpr double cells_per_octave = 8; // sizes that are closer share a dot
    const plot::Picture picture{.name = "picture-sizes",
                                .title = "Sizes of the pictures",
                                .subtitle = "",
                                .description = "The widths and heights of the pictures, in pixels.",
                                .height = 340};
    const double right = picture.width - right_margin, bottom = picture.height - bottom_margin;
    std::map<std::pair<int, int>, int> counts;
    double smallest = 1e9, largest = 1;
    for (const SurveyedPicture& surveyed : survey.pictures) {
        const auto cell = [](int side) { return static_cast<int>(std::lround(cells_per_octave * std::log2(side))); };
        ++counts[{cell(surveyed.facts.width), cell(surveyed.facts.height)}];
        for (const int side : {surveyed.facts.width, surveyed.facts.height}) {
            smallest = std::min(smallest, double(side));
            largest = std::max(largest, double(side));
        }
    }
    const plot::Axis axis{.label = "", .low = smallest / 1.2, .high = largest * 1.2, .logarithmic = true};
    const auto x = [&](double value) { return left + axis.place(value) * (right - left); };
    const auto y = [&](double value) { return bottom - axis.place(value) * (bottom - top); };
    std::string content;
    for (const plot::Tick& tick : plot::ticks(axis)) {
        const char* const kind = tick.label.empty() ? "fine" : "grid";
        content += plot::line(kind, x(tick.value), top, x(tick.value), bottom) +
                   plot::line(kind, left, y(tick.value), right, y(tick.value));
        if (tick.label.empty()) continue;
        content += plot::text(x(tick.value), bottom + 18, plot::Anchor::middle, tick.label) +
                   plot::text(left - 8, y(tick.value) + 4.5, plot::Anchor::end, tick.label);
    }
    content += plot::rectangle("frame", left, top, right - left, bottom - top);
    content += plot::text((left + right) / 2, bottom + 38, plot::Anchor::middle, "width (pixels)");
    content += plot::text(8, top - 14, plot::Anchor::start, "height (pixels)", "strong");
    const int most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->second;
    for (const auto& [cell, count] : counts) {
        const double width = std::exp2(cell.first / cells_per_octave);
        const double height = std::exp2(cell.second / cells_per_octave);
        const double radius = 2.5 + 9.5 * std::sqrt(static_cast<double>(count) / most);
        content += printed("<circle class=\"first fill\" fill-opacity=\".55\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\">",
                           x(width), y(height), radius) +
                   plot::hover(printed("about %.0f x %.0f: %s", width, height, with_commas(count).c_str())) +
                   "</circle>\n";
    }
    return plot::svg(picture, plot::Place::page, content);
}

} // namespace example::inspection
