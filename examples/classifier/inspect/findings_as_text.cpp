#include "findings.hpp"
#include "programs/text.hpp"

#include <algorithm>

namespace example::inspection {

namespace {

constexpr std::size_t most_lines = 20; // of a list in a terminal

/// The columns that `text` takes in a terminal, about: UTF-8 characters.
std::size_t columns_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t columns) {
    const std::size_t taken = columns_of(text);
    return text.append(columns > taken ? columns - taken : 0, ' ');
}

std::string row(const char* name, const std::string& value) {
    return printed("%-11s%s\n", name, value.c_str());
}

std::string spread_text(const Spread& spread) {
    return printed("%.0f to %.0f, median %.0f", spread.smallest, spread.largest, spread.median);
}

std::string class_table(const Survey& survey) {
    const auto counts = survey.counts();
    const auto splits = survey.splits();
    std::vector<std::string> names;
    std::size_t widest = 5;
    for (const std::string& name : survey.class_names) {
        names.push_back(tr::one_line(name));
        widest = std::max(widest, columns_of(names.back()));
    }
    std::string table = "\n" + padded("Class", widest);
    for (std::size_t split = 0; split < splits.size(); ++split)
        if (splits[split]) table += printed("  %10s", split_names[split]);
    table += '\n';
    std::array<int, split_names.size()> sums{};
    const auto line = [&](const std::string& name, const std::array<int, split_names.size()>& numbers) {
        table += padded(name, widest);
        for (std::size_t split = 0; split < splits.size(); ++split)
            if (splits[split]) table += printed("  %10s", with_commas(numbers[split]).c_str());
        table += '\n';
    };
    for (std::size_t label = 0; label < names.size(); ++label) {
        line(names[label], counts[label]);
        for (std::size_t split = 0; split < sums.size(); ++split) sums[split] += counts[label][split];
    }
    line("all", sums);
    return table;
}

/// A list with a heading, cut after `most_lines`.
template <class Line>
std::string list(const std::string& heading, std::size_t count, Line line) {
    if (count == 0) return "";
    std::string text = '\n' + heading + '\n';
    for (std::size_t i = 0; i < std::min(count, most_lines); ++i) text += "  " + line(i) + '\n';
    if (count > most_lines)
        text += printed("  and %s more, all in the output of --json\n",
                        with_commas(static_cast<long long>(count - most_lines)).c_str());
    return text;
}

} // namespace

std::string as_text(const Findings& findings) {
    const Survey& survey = findings.survey;
    const auto number = [](std::size_t value) { return with_commas(static_cast<long long>(value)); };
    std::string formats;
    for (std::size_t i = 0; i < format_names.size(); ++i)
        if (findings.formats[i] > 0)
            formats += (formats.empty() ? "" : ", ") + with_commas(findings.formats[i]) + ' ' + format_names[i];
    std::string text = row("Data", tr::one_line(survey.root.string())) +
                       row("Pictures", number(survey.pictures.size()) + " of " + number(survey.class_names.size()) +
                                           " classes, " + printed("%.1f MB", double(findings.bytes) / 1e6)) +
                       row("Formats", formats) + row("Widths", spread_text(findings.width) + " pixels") +
                       row("Heights", spread_text(findings.height) + " pixels") +
                       row("Ratios", printed("%.3g to %.3g, median %.3g (width / height)", findings.ratio.smallest,
                                             findings.ratio.largest, findings.ratio.median)) +
                       row("Colors", with_commas(static_cast<long long>(survey.pictures.size()) - findings.gray) +
                                         " in color, " + with_commas(findings.gray) + " gray, " +
                                         with_commas(findings.alpha) + " with transparency, which becomes white");
    if (!survey.ignored.empty())
        text += row("Ignored", number(survey.ignored.size()) + " hidden files and files beside the classes' folders");
    text += class_table(survey);
    text += list("Duplicates (look alike: by a perceptual hash, which may err)", findings.duplicates.size(),
                 [&](std::size_t i) {
                     const Duplicates& group = findings.duplicates[i];
                     return findings.kind_of(group) + ": " + findings.files_of(group, 3);
                 });
    text += list("Cannot be read", survey.unreadable.size(), [&](std::size_t i) {
        return tr::one_line(survey.unreadable[i].file) + ": " + survey.unreadable[i].problem;
    });
    text += list("Warnings", findings.warnings.size(), [&](std::size_t i) { return findings.warnings[i]; });
    return text;
}

} // namespace example::inspection
