#include "findings.hpp"

#include <nlohmann/json.hpp>

namespace example::inspection {

namespace {

using Json = nlohmann::ordered_json;

Json spread(const Spread& spread) {
    return {{"smallest", spread.smallest}, {"median", spread.median}, {"largest", spread.largest}};
}

} // namespace

std::string as_json(const Findings& findings) {
    const Survey& survey = findings.survey;
    Json classes = Json::array(), duplicates = Json::array(), unreadable = Json::array(), formats = Json::object();
    const auto counts = survey.counts();
    for (std::size_t label = 0; label < counts.size(); ++label) {
        Json entry{{"name", survey.class_names[label]}};
        for (std::size_t split = 0; split < split_names.size(); ++split)
            entry[split_names[split]] = counts[label][split];
        classes.push_back(std::move(entry));
    }
    for (std::size_t i = 0; i < format_names.size(); ++i)
        if (findings.formats[i] > 0) formats[format_names[i]] = findings.formats[i];
    for (const Duplicates& group : findings.duplicates) {
        Json files = Json::array();
        for (const std::size_t index : group.pictures) {
            const SurveyedPicture& picture = survey.pictures[index];
            files.push_back({{"file", picture.file},
                             {"class", survey.class_names[static_cast<std::size_t>(picture.label)]},
                             {"split", split_names[picture.split]}});
        }
        duplicates.push_back({{"same_file", group.same_bytes},
                              {"across_splits", group.across_splits},
                              {"across_classes", group.across_classes},
                              {"pictures", std::move(files)}});
    }
    for (const Unreadable& file : survey.unreadable)
        unreadable.push_back({{"file", file.file}, {"problem", file.problem}});
    const Json document{{"data", survey.root.string()},
                        {"pictures", survey.pictures.size()},
                        {"bytes", findings.bytes},
                        {"classes", std::move(classes)},
                        {"formats", std::move(formats)},
                        {"width", spread(findings.width)},
                        {"height", spread(findings.height)},
                        {"pixels", spread(findings.pixels)},
                        {"ratio", spread(findings.ratio)},
                        {"gray", findings.gray},
                        {"transparency", findings.alpha},
                        {"duplicates", std::move(duplicates)},
                        {"unreadable", std::move(unreadable)},
                        {"ignored", survey.ignored},
                        {"warnings", findings.warnings}};
    // A file's name need not be UTF-8; what JSON cannot hold of it is replaced.
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace example::inspection
