#include "predictions_output.hpp"

#include "csv.hpp"
#include "text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tinyres/io/file_error.hpp>

namespace example {

namespace {

/// The classes' numbers, the likeliest first.
std::vector<std::size_t> by_chance(std::span<const float> chances) {
    std::vector<std::size_t> classes(chances.size());
    std::iota(classes.begin(), classes.end(), std::size_t{0});
    std::ranges::stable_sort(classes, std::ranges::greater{}, [&](std::size_t number) { return chances[number]; });
    return classes;
}

} // namespace

std::string to_table(std::span<const Answer> answers, const std::vector<std::string>& class_names) {
    constexpr std::size_t shown = 5;
    std::size_t widest = 0;
    for (const std::string& name : class_names) widest = std::max(widest, columns_of(name));
    std::string text;
    for (const Answer& answer : answers) {
        if (answer.chances.empty()) continue;
        if (!text.empty()) text += '\n';
        text += tinyres::one_line(answer.file) + printed(" (%d x %d)\n", answer.width, answer.height);
        const std::vector<std::size_t> classes = by_chance(answer.chances);
        for (const std::size_t number : std::span(classes).first(std::min(shown, classes.size()))) {
            const std::string& name = class_names[number];
            text += printed("  %s%*s  %6.2f%%\n", name.c_str(), static_cast<int>(widest - columns_of(name)), "",
                            100.0 * static_cast<double>(answer.chances[number]));
        }
    }
    return text;
}

std::string to_json(std::span<const Answer> answers, const std::vector<std::string>& class_names,
                    const std::string& weights) {
    using Json = nlohmann::ordered_json;
    Json pictures = Json::array();
    for (const Answer& answer : answers) {
        Json picture{{"file", answer.file}};
        if (!answer.problem.empty()) {
            picture["error"] = answer.problem;
        } else {
            picture["width"] = answer.width;
            picture["height"] = answer.height;
            picture["predictions"] = Json::array();
            for (const std::size_t number : by_chance(answer.chances))
                picture["predictions"].push_back(
                    {{"class", class_names[number]}, {"label", number}, {"probability", answer.chances[number]}});
        }
        pictures.push_back(std::move(picture));
    }
    const Json document{{"weights", weights}, {"pictures", std::move(pictures)}};
    // A file's name need not be UTF-8; what JSON cannot hold of it is replaced.
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string to_csv(std::span<const Answer> answers, const std::vector<std::string>& class_names) {
    std::string text = "file,class,probability";
    for (const std::string& name : class_names) text += ',' + csv_field(name);
    text += '\n';
    for (const Answer& answer : answers) {
        text += csv_field(answer.file);
        if (answer.chances.empty()) {
            text += std::string(2 + class_names.size(), ',') + '\n';
            continue;
        }
        const std::size_t likeliest = by_chance(answer.chances).front();
        text += ',' + csv_field(class_names[likeliest]);
        text += printed(",%.9g", static_cast<double>(answer.chances[likeliest]));
        for (const float chance : answer.chances) text += printed(",%.9g", static_cast<double>(chance));
        text += '\n';
    }
    return text;
}

std::vector<std::string> problems_of(std::span<const Answer> answers) {
    std::vector<std::string> problems;
    for (const Answer& answer : answers)
        if (!answer.problem.empty()) problems.push_back(answer.problem);
    return problems;
}

void set_chances(std::span<Answer> answers, std::span<const float> chances, std::size_t classes) {
    for (Answer& answer : answers) {
        if (!answer.problem.empty()) continue;
        answer.chances = chances.first(classes);
        chances = chances.subspan(classes);
    }
}

} // namespace example
