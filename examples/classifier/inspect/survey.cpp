#include "survey.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <tinyres/core/for_each_index.hpp>
#include <tinyres/io/image_folder.hpp>
#include <tinyres/io/image_manifest.hpp>
#include <utility>

namespace example::inspection {

namespace {

/// The files of a set; those that are no pictures by their head are known to be so.
tr::ImageSplits listed(const std::filesystem::path& data, int threads) {
    std::error_code unknown;
    tr::ImageFilesOptions options{.unreadable = tr::OnUnreadable::skip, .validation_fraction = 0.0, .threads = threads};
    options.classes_by_case = true; // a finding, and no reason to stop
    return std::filesystem::is_directory(data, unknown) ? tr::load_image_folder(data, options)
                                                        : tr::load_image_manifest(data, {}, options);
}

std::string relative_name(const std::filesystem::path& path, const std::filesystem::path& root) {
    return path.lexically_proximate(root).string();
}

Unreadable unreadable(const std::filesystem::path& path, const std::string& problem,
                      const std::filesystem::path& root) {
    return {relative_name(path, root), tr::detail::problem_alone({path, problem})};
}

/// Pairs of class names that differ only in the case of letters from A to Z.
std::vector<std::string> case_warnings(const std::vector<std::string>& names) {
    std::vector<std::string> warnings;
    std::map<std::string, std::string> seen;
    for (const std::string& name : names) {
        std::string lower = name;
        for (char& c : lower)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const auto [other, is_new] = seen.emplace(lower, name);
        if (!is_new)
            warnings.push_back("the classes " + tr::quoted_name(other->second) + " and " + tr::quoted_name(name) +
                               " differ in case only: probably one of them is misspelled");
    }
    return warnings;
}

/// Which pictures are shown: so many of each class, evenly spaced among those of all splits.
std::vector<bool> shown_pictures(const std::vector<SurveyedPicture>& pictures, std::size_t classes, int per_class) {
    std::vector<std::size_t> sizes(classes), seen(classes);
    for (const SurveyedPicture& picture : pictures) ++sizes[static_cast<std::size_t>(picture.label)];
    std::vector<bool> shown(pictures.size());
    const std::size_t most = static_cast<std::size_t>(std::max(per_class, 0));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const auto label = static_cast<std::size_t>(pictures[i].label);
        const std::size_t wanted = std::min(most, sizes[label]), before = seen[label]++;
        shown[i] = before * wanted / sizes[label] != (before + 1) * wanted / sizes[label];
    }
    return shown;
}

} // namespace

std::vector<std::array<int, split_names.size()>> Survey::counts() const {
    std::vector<std::array<int, split_names.size()>> counts(class_names.size());
    for (const SurveyedPicture& picture : pictures) ++counts[static_cast<std::size_t>(picture.label)][picture.split];
    return counts;
}

std::array<bool, split_names.size()> Survey::splits() const {
    std::array<bool, split_names.size()> there{};
    for (const SurveyedPicture& picture : pictures) there[picture.split] = true;
    return there;
}

Survey survey_of(const std::filesystem::path& data, const SurveyOptions& options, SmallPictures& shown) {
    tr::ImageSplits splits = listed(data, options.threads);
    Survey survey;
    survey.name = splits.train.name;
    survey.root = splits.train.root;
    survey.class_names = splits.train.class_names;
    std::uint8_t number = 0;
    for (tr::ImageFiles* const split : {&splits.train, &splits.validation, &splits.test}) {
        for (std::size_t i = 0; i < split->files.size(); ++i)
            survey.pictures.push_back({std::move(split->files[i]), split->labels[i], number, {}});
        ++number;
    }
    for (const tr::UnreadableFile& file : splits.unreadable)
        survey.unreadable.push_back(unreadable(file.path, file.problem, survey.root));
    for (const std::filesystem::path& path : splits.ignored) survey.ignored.push_back(relative_name(path, survey.root));
    survey.warnings = std::move(splits.warnings);
    for (std::string& warning : case_warnings(survey.class_names)) survey.warnings.push_back(std::move(warning));

    const std::size_t count = survey.pictures.size();
    const std::vector<bool> wanted =
        shown_pictures(survey.pictures, survey.class_names.size(), options.shown_per_class(survey.class_names.size()));
    std::map<std::size_t, std::string> problems;
    SmallPictures kept;
    std::mutex mutex; // guards problems, kept and the progress
    int done = 0;
    tr::for_each_index(count, options.threads, [&](std::size_t i) {
        std::optional<tr::Picture> small;
        std::string problem;
        try {
            LookedAt result = look_at(survey.path(i));
            survey.pictures[i].facts = result.facts;
            if (wanted[i]) small = shrunk(result.small, options.small_side);
        } catch (const tr::Error& error) {
            problem = error.what();
        }
        const std::lock_guard lock{mutex};
        if (!problem.empty()) problems.emplace(i, std::move(problem));
        if (small) kept.emplace(i, std::move(*small));
        options.progress(++done, static_cast<int>(count));
    });

    std::vector<SurveyedPicture> readable;
    for (std::size_t i = 0; i < count; ++i) {
        if (const auto problem = problems.find(i); problem != problems.end()) {
            survey.unreadable.push_back(unreadable(survey.path(i), problem->second, survey.root));
            continue;
        }
        if (auto small = kept.find(i); small != kept.end()) shown.emplace(readable.size(), std::move(small->second));
        readable.push_back(std::move(survey.pictures[i]));
    }
    survey.pictures = std::move(readable);
    std::ranges::sort(survey.unreadable, {}, &Unreadable::file);
    return survey;
}

} // namespace example::inspection
