#pragma once

// Needs nlohmann_json and stb_image.

#include "tinyres/core/config.hpp"
#include "tinyres/io/csv_reader.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/image_files.hpp"
#include "tinyres/io/image_splits.hpp"
#include "tinyres/io/input_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace detail {

/// A picture in a manifest.
struct ManifestEntry {
    std::string path;
    std::string label;
    std::string split; ///< empty when the manifest says none
    std::size_t line = 0;
};

/// "cannot read MANIFEST: line 3: PROBLEM; REMEDY".
inline Error manifest_error(const std::filesystem::path& manifest, std::size_t line, const std::string& problem,
                            std::string_view remedy = "mend the line") {
    return read_error(manifest, "line " + std::to_string(line) + ": " + problem, remedy);
}

inline std::vector<ManifestEntry> parse_csv_manifest(std::string_view text, const std::filesystem::path& manifest) {
    CsvReader reader{text};
    const std::vector<std::string> header = reader.next().value_or(std::vector<std::string>{});
    const auto column = [&](std::string_view name) -> std::optional<std::size_t> {
        const auto found = std::ranges::find(header, name);
        if (std::ranges::count(header, name) > 1)
            throw manifest_error(manifest, reader.line(), "there are two columns " + quoted_name(name));
        return found == header.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - header.begin())};
    };
    const std::optional<std::size_t> path = column("path"), label = column("label"), split = column("split");
    if (reader.problem().empty() && (!path || !label))
        throw manifest_error(manifest, reader.line(), "the header has no column \"path\" or no column \"label\"",
                             "begin with a line such as path,label or path,label,split");
    std::vector<ManifestEntry> entries;
    while (const std::optional<std::vector<std::string>> record = reader.next()) {
        if (record->size() != header.size())
            throw manifest_error(manifest, reader.line(),
                                 "there are " + std::to_string(record->size()) + " fields, where the header has " +
                                     std::to_string(header.size()),
                                 "put fields that hold commas in quotes");
        entries.push_back({(*record)[*path], (*record)[*label], split ? (*record)[*split] : "", reader.line()});
    }
    if (!reader.problem().empty())
        throw manifest_error(manifest, reader.line(), reader.problem(), "quote fields as RFC 4180 says");
    return entries;
}

inline ManifestEntry parse_json_entry(std::string_view text, std::size_t line, const std::filesystem::path& manifest) {
    const nlohmann::json entry = nlohmann::json::parse(text, nullptr, false);
    if (!entry.is_object()) throw manifest_error(manifest, line, "it is not a JSON object");
    const auto member = [&](const char* name, bool needed) -> std::string {
        const auto found = entry.find(name);
        if (found == entry.end() && !needed) return {};
        if (found == entry.end() || !found->is_string())
            throw manifest_error(manifest, line, quoted_name(name) + " is missing or no text",
                                 R"(write {"path": "a.jpg", "label": "cat"})");
        return found->get<std::string>();
    };
    return {member("path", true), member("label", true), member("split", false), line};
}

inline std::vector<ManifestEntry> parse_json_manifest(std::string_view text, const std::filesystem::path& manifest) {
    std::vector<ManifestEntry> entries;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = (std::min)(text.find('\n'), text.size());
        std::string_view content = text.substr(0, end);
        text.remove_prefix((std::min)(end + 1, text.size()));
        if (content.find_first_not_of(" \t\r") != content.npos)
            entries.push_back(parse_json_entry(content, line, manifest));
    }
    return entries;
}

/// The entries of a manifest, of whichever kind: JSON lines begin with a brace.
inline std::vector<ManifestEntry> parse_manifest(std::string_view text, const std::filesystem::path& manifest) {
    const std::size_t begin = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (begin == text.npos)
        throw read_error(manifest, "it is empty", "begin with a line such as path,label, or write JSON lines");
    std::vector<ManifestEntry> entries =
        text[begin] == '{' ? parse_json_manifest(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text, manifest)
                           : parse_csv_manifest(text, manifest);
    if (entries.empty()) throw read_error(manifest, "it lists no pictures", "add a line a picture");
    std::map<std::string_view, std::size_t> lines;
    for (const ManifestEntry& entry : entries) {
        if (entry.path.empty()) throw manifest_error(manifest, entry.line, "the path is empty");
        if (entry.path.find('\0') != entry.path.npos)
            throw manifest_error(manifest, entry.line, "the path holds a zero byte");
        if (entry.label.empty()) throw manifest_error(manifest, entry.line, "the label is empty");
        if (entry.split.empty() != entries.front().split.empty())
            throw manifest_error(manifest, entry.line, "some pictures have a split and others none",
                                 "say it for all of them or for none");
        const auto [first, is_new] = lines.emplace(entry.path, entry.line);
        if (!is_new)
            throw manifest_error(manifest, entry.line,
                                 quoted_name(entry.path) + " is in line " + std::to_string(first->second) + " already",
                                 "remove one of the lines");
    }
    return entries;
}

inline ImageFiles& split_of(ImageSplits& splits, const ManifestEntry& entry, const std::filesystem::path& manifest) {
    const std::string& name = entry.split;
    if (name.empty() || name == "train") return splits.train;
    if (name == "val" || name == "valid" || name == "validation") return splits.validation;
    if (name == "test") return splits.test;
    throw manifest_error(manifest, entry.line, "the split " + quoted_name(name) + " is unknown",
                         "use train, val or test");
}

} // namespace detail

/// Lists the pictures that the file `manifest` names, paths relative to its own directory: CSV with a header that has
/// the columns `path` and `label` and perhaps `split` (train, val or test; other columns are not looked at), with
/// quotes as RFC 4180 says, or JSON lines such as {"path": "a.jpg", "label": "cat", "split": "train"}. Labels are class
/// names. `class_names` says which there are, in their order; if it is empty, those of the file are taken, sorted
/// bytewise. Where no picture's split is "val", a part of each class that is learned from is split off.
///
/// Throws Error when the manifest cannot be read or a line of it is wrong, names a label that is not declared or a path
/// a second time; and as load_image_folder does. A class without pictures is a warning.
inline ImageSplits load_image_manifest(const std::filesystem::path& manifest, std::vector<std::string> class_names = {},
                                       const ImageFilesOptions& options = {}) {
    detail::check_image_files_options(options);
    constexpr std::uint64_t largest_manifest = std::uint64_t{1} << 30;
    InputFile file{manifest};
    if (file.size() > largest_manifest)
        throw read_error(manifest, "it has more than a gigabyte, which is no list of pictures", "name another file");
    std::string text(static_cast<std::size_t>(file.size()), '\0');
    file.read(std::as_writable_bytes(std::span{text}));
    const std::vector<detail::ManifestEntry> entries = detail::parse_manifest(text, manifest);

    if (class_names.empty()) {
        std::set<std::string> labels;
        for (const detail::ManifestEntry& entry : entries) labels.insert(entry.label);
        class_names.assign(labels.begin(), labels.end());
    }
    std::map<std::string_view, std::int32_t> numbers;
    for (std::size_t i = 0; i < class_names.size(); ++i) {
        if (!numbers.emplace(class_names[i], static_cast<std::int32_t>(i)).second)
            throw Error("load_image_manifest: the class name " + quoted_name(class_names[i]) +
                        " is given twice; remove one");
    }
    if (!options.classes_by_case) detail::require_other_than_case(manifest, class_names);

    ImageSplits splits;
    for (ImageFiles* const files : {&splits.train, &splits.validation, &splits.test}) {
        files->name = manifest.stem().string();
        files->root = manifest.parent_path();
        files->class_names = class_names;
    }
    for (const detail::ManifestEntry& entry : entries) {
        const auto number = numbers.find(entry.label);
        if (number == numbers.end())
            throw detail::manifest_error(manifest, entry.line,
                                         "the label " + quoted_name(entry.label) + " is none of the class names",
                                         "mend it or add it to the class names");
        ImageFiles& files = detail::split_of(splits, entry, manifest);
        files.files.push_back(entry.path);
        files.labels.push_back(number->second);
    }
    const detail::SplitRules rules{.validation_given = splits.validation.size() > 0, .empty_classes = true};
    return detail::finished_splits(std::move(splits), manifest, options, rules);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
