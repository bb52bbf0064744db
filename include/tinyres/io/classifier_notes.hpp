#pragma once

// Needs nlohmann-json.

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/data/picture.hpp"
#include "tinyres/data/transforms/normalize.hpp"
#include "tinyres/io/file_error.hpp"
#include "tinyres/io/safetensors.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What a file of weights says about the classifier that they belong to, in its metadata: how a picture becomes the
/// network's input, and what its outputs mean.
struct ClassifierNotes {
    std::string network; ///< by which name the program or the user knows the network, as "resnet18"
    int channels = 3;    ///< of its input: 3 (red, green, blue) or 1 (gray)
    int height = 0;      ///< of its input, in pixels
    int width = 0;
    std::vector<float> mean;              ///< (channels), of pixels scaled to [0, 1]
    std::vector<float> deviation;         ///< (channels), above 0
    std::vector<std::string> class_names; ///< what the outputs stand for, in their order; UTF-8, no two alike
    std::string fit = "crop";             ///< how a picture becomes height x width: "crop" or "stretch" (fit_picture)

    bool operator==(const ClassifierNotes&) const = default;
};

namespace detail {

/// Every entry's key begins with this.
inline constexpr std::string_view notes_prefix = "tinyres.classifier.";

/// Throws Error with what is wrong with `notes`, if anything is: a phrase, to which a remedy is added.
inline void check_notes(const ClassifierNotes& notes) {
    const auto fail = [](const std::string& problem) { throw Error("the classifier's " + problem); };
    if (notes.network.empty()) fail("network has no name");
    if (notes.channels != 1 && notes.channels != 3)
        fail("channels are " + std::to_string(notes.channels) + ", neither 1 nor 3");
    if (notes.height < 1 || notes.width < 1 ||
        std::uint64_t(notes.height) * std::uint64_t(notes.width) > picture_pixel_limit)
        fail("height and width are " + std::to_string(notes.height) + " and " + std::to_string(notes.width) +
             ", which no picture has");
    for (const auto& [name, values] : {std::pair{"mean", &notes.mean}, std::pair{"deviation", &notes.deviation}}) {
        if (values->size() != static_cast<std::size_t>(notes.channels))
            fail(std::string(name) + " has " + std::to_string(values->size()) + " numbers, not one per channel");
        for (const float value : *values)
            if (!std::isfinite(value)) fail(std::string(name) + " is not finite");
    }
    for (const float value : notes.deviation)
        if (value <= 0.0f) fail("deviation is not above 0");
    if (notes.class_names.empty()) fail("class_names are none");
    std::set<std::string_view> names;
    for (const std::string& name : notes.class_names) {
        if (name.empty()) fail("class_names have an empty one");
        if (!names.insert(name).second) fail("class_names have " + quoted_name(name) + " twice");
    }
    if (notes.fit != "crop" && notes.fit != "stretch")
        fail("fit is " + quoted_name(notes.fit) + ", neither \"crop\" nor \"stretch\"");
}

/// Numbers in the shortest form that gives the same floats again, with commas between them.
inline std::string numbers_text(std::span<const float> numbers) {
    std::string text;
    for (const float number : numbers) {
        char digits[32];
        if (!text.empty()) text += ',';
        text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    }
    return text;
}

/// The notes in a file's metadata, an entry at a time. Errors name the file and the entry.
class NotesReader {
public:
    explicit NotesReader(const Safetensors& file) : file_(file) {}

    /// What is wrong with the notes.
    Error damaged(const std::string& problem) const {
        return read_error(file_.path(), problem, "write the weights anew, or take them from another copy");
    }

    /// The text of an entry.
    const std::string& text(const std::string& name) const {
        const auto entry = file_.metadata().find(std::string(notes_prefix) + name);
        if (entry == file_.metadata().end())
            throw damaged("its notes about a classifier have no entry " + quoted_name(key(name)));
        return entry->second;
    }

    /// The whole number that an entry is.
    int whole_number(const std::string& name) const { return parsed<int>(name, text(name)); }

    /// The numbers of an entry, at most as many as a picture may have channels.
    std::vector<float> numbers(const std::string& name) const {
        std::vector<float> numbers;
        for (std::string_view rest = text(name);;) {
            const std::size_t comma = rest.find(',');
            if (numbers.size() == std::size_t{max_image_channels}) throw bad_entry(name, "has too many numbers");
            numbers.push_back(parsed<float>(name, rest.substr(0, comma)));
            if (comma == std::string_view::npos) return numbers;
            rest.remove_prefix(comma + 1);
        }
    }

    /// The strings of an entry that is a JSON array of strings.
    std::vector<std::string> strings(const std::string& name) const {
        using Json = nlohmann::json;
        const auto is_flat = [&](int depth, Json::parse_event_t event, Json&) { // so that memory stays bounded
            if (event == Json::parse_event_t::object_start || (event == Json::parse_event_t::array_start && depth > 0))
                throw bad_entry(name, "is not a JSON array of strings");
            return true;
        };
        const Json array = Json::parse(text(name), is_flat, false);
        if (!array.is_array()) throw bad_entry(name, "is not a JSON array of strings");
        std::vector<std::string> strings;
        for (const Json& element : array) {
            if (!element.is_string()) throw bad_entry(name, "is not a JSON array of strings");
            strings.push_back(element.get<std::string>());
        }
        return strings;
    }

private:
    static std::string key(const std::string& name) { return std::string(notes_prefix) + name; }

    Error bad_entry(const std::string& name, const std::string& problem) const {
        return damaged("the entry " + quoted_name(key(name)) + ' ' + problem);
    }

    template <class Number>
    Number parsed(const std::string& name, std::string_view digits) const {
        Number number{};
        const char* const end = digits.data() + digits.size();
        const auto [parsed_end, error] = std::from_chars(digits.data(), end, number);
        if (error != std::errc{} || parsed_end != end)
            throw bad_entry(name, "has " + quoted_name(digits) + " where a number of its kind belongs");
        return number;
    }

    const Safetensors& file_;
};

} // namespace detail

/// Writes notes into the metadata that write_safetensors, write_tensors or save_weights will store; entries of other
/// names stay. Throws Error when something about them is impossible or not UTF-8: call it before the training, and
/// nothing is lost.
inline void add_notes(std::map<std::string, std::string>& metadata, const ClassifierNotes& notes) {
    try {
        detail::check_notes(notes);
    } catch (const Error& error) {
        throw Error(one_line(error.what()) + std::string("; correct it before the weights are written"));
    }
    const auto json = [](const auto& value, const std::string& what) {
        try {
            return nlohmann::json(value).dump();
        } catch (const nlohmann::json::type_error&) {
            throw Error("the " + what + " is not UTF-8; rename it");
        }
    };
    json(notes.network, "name of the network " + quoted_name(notes.network));
    for (const std::string& name : notes.class_names) json(name, "class name " + quoted_name(name));
    const auto set = [&](const char* name, std::string value) {
        metadata[std::string(detail::notes_prefix) + name] = std::move(value);
    };
    set("network", notes.network);
    set("channels", std::to_string(notes.channels));
    set("height", std::to_string(notes.height));
    set("width", std::to_string(notes.width));
    set("mean", detail::numbers_text(notes.mean));
    set("deviation", detail::numbers_text(notes.deviation));
    set("class_names", nlohmann::json(notes.class_names).dump());
    set("fit", notes.fit);
}

/// The notes in a file; nothing when there are none. Throws Error (one line: file, entry, remedy) when a part of them
/// is missing or damaged.
inline std::optional<ClassifierNotes> read_notes(const Safetensors& file) {
    const auto first = file.metadata().lower_bound(std::string(detail::notes_prefix));
    if (first == file.metadata().end() || !first->first.starts_with(detail::notes_prefix)) return std::nullopt;
    const detail::NotesReader reader{file};
    const ClassifierNotes notes{.network = reader.text("network"),
                                .channels = reader.whole_number("channels"),
                                .height = reader.whole_number("height"),
                                .width = reader.whole_number("width"),
                                .mean = reader.numbers("mean"),
                                .deviation = reader.numbers("deviation"),
                                .class_names = reader.strings("class_names"),
                                .fit = reader.text("fit")};
    try {
        detail::check_notes(notes);
    } catch (const Error& error) {
        throw reader.damaged(error.what());
    }
    return notes;
}

/// The transform that makes of pixels in [0, 1] what the network was trained on.
inline Normalize normalization_of(const ClassifierNotes& notes) {
    Normalize normalize;
    for (std::size_t channel = 0; channel < normalize.mean.size() && channel < notes.mean.size(); ++channel) {
        normalize.mean[channel] = notes.mean[channel];
        normalize.std[channel] = notes.deviation[channel];
    }
    return normalize;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
