#include "findings.hpp"

#include "programs/text.hpp"

#include <algorithm>

namespace example::inspection {

namespace {

template <class Of>
Spread spread(const std::vector<SurveyedPicture>& pictures, Of of) {
    std::vector<double> values;
    for (const SurveyedPicture& picture : pictures) values.push_back(of(picture.facts));
    if (values.empty()) return {};
    std::ranges::sort(values);
    return {values.front(), values[(values.size() - 1) / 2], values.back()};
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
    return with_commas(static_cast<long long>(count)) + ' ' + (count == 1 ? one : many);
}

/// How many groups of duplicates are `which`.
template <class Which>
std::size_t groups(const std::vector<Duplicates>& duplicates, Which which) {
    return static_cast<std::size_t>(std::ranges::count_if(duplicates, which));
}

std::vector<std::string> warnings_about(const Findings& findings) {
    const Survey& survey = findings.survey;
    std::vector<std::string> warnings;
    const auto across = groups(findings.duplicates, [](const Duplicates& d) { return d.across_splits; });
    if (across > 0)
        warnings.push_back(counted(across, "picture is", "pictures are") +
                           " in more than one of training, validation and test: the test then asks for what was "
                           "learned by heart; remove them from one");
    const auto classes = groups(findings.duplicates, [](const Duplicates& d) { return d.across_classes; });
    if (classes > 0)
        warnings.push_back(counted(classes, "picture is", "pictures are") +
                           " in more than one class; correct the labels or remove them");
    if (!survey.unreadable.empty())
        warnings.push_back(counted(survey.unreadable.size(), "file", "files") +
                           " cannot be read as pictures; remove or replace them, or skip them in training");
    const auto within = findings.duplicates.size() - groups(findings.duplicates, [](const Duplicates& d) {
                            return d.across_splits || d.across_classes;
                        });
    if (within > 0)
        warnings.push_back(counted(within, "picture is", "pictures are") +
                           " more than once in one class; a part split off for validation may get copies of what is "
                           "trained on");
    int smallest = 0, largest = 0;
    std::size_t small = 0, large = 0;
    const auto counts = survey.counts();
    for (std::size_t label = 0; label < counts.size(); ++label) {
        const int count = counts[label][0];
        if (label == 0 || count < smallest) smallest = count, small = label;
        if (label == 0 || count > largest) largest = count, large = label;
    }
    constexpr int balanced = 5; // times as many pictures are worth a word
    if (largest > balanced * smallest)
        warnings.push_back("the classes are unequal: " + tr::quoted_name(survey.class_names[large]) + " has " +
                           counted(static_cast<std::size_t>(largest), "picture", "pictures") + " to train on, " +
                           tr::quoted_name(survey.class_names[small]) + " has " + std::to_string(smallest) +
                           "; weight the classes, draw them equally often, or add pictures");
    constexpr int few = 20;
    const auto rare = std::ranges::count_if(counts, [](const auto& count) { return count[0] < few; });
    if (rare > 0)
        warnings.push_back(counted(static_cast<std::size_t>(rare), "class has", "classes have") + " fewer than " +
                           std::to_string(few) + " pictures to train on; add some");
    warnings.insert(warnings.end(), survey.warnings.begin(), survey.warnings.end());
    return warnings;
}

} // namespace

std::string Findings::files_of(const Duplicates& group, std::size_t most) const {
    std::string text;
    const std::size_t count = group.pictures.size();
    const std::size_t shown = count <= most + 1 ? count : most; // "and 1 more" takes as long as the name
    for (std::size_t i = 0; i < shown; ++i)
        text += (i == 0 ? "" : ", ") + tr::one_line(survey.pictures[group.pictures[i]].file);
    return shown == count ? text : text + " and " + std::to_string(count - shown) + " more";
}

std::string Findings::kind_of(const Duplicates& group) const {
    std::string kind = group.same_bytes ? "the same file" : "look alike";
    if (group.across_splits) kind += ", in several splits";
    if (group.across_classes) kind += ", in several classes";
    return kind;
}

Findings findings_of(Survey survey) {
    Findings findings;
    findings.survey = std::move(survey);
    findings.duplicates = find_duplicates(findings.survey);
    const std::vector<SurveyedPicture>& pictures = findings.survey.pictures;
    for (const SurveyedPicture& picture : pictures) {
        ++findings.formats[static_cast<std::size_t>(picture.facts.format)];
        findings.gray += picture.facts.gray ? 1 : 0;
        findings.alpha += picture.facts.alpha ? 1 : 0;
        findings.bytes += picture.facts.file_size;
    }
    findings.width = spread(pictures, [](const PictureFacts& facts) { return double(facts.width); });
    findings.height = spread(pictures, [](const PictureFacts& facts) { return double(facts.height); });
    findings.pixels = spread(pictures, [](const PictureFacts& facts) { return double(facts.width) * facts.height; });
    findings.ratio = spread(pictures, [](const PictureFacts& facts) { return double(facts.width) / facts.height; });
    findings.warnings = warnings_about(findings);
    return findings;
}

} // namespace example::inspection
