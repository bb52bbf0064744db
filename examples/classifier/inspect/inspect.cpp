#include "inspect.hpp"

#include "findings.hpp"
#include "page.hpp"
#include "programs/status_line.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <tinyres/backend/cpu/threads/default_threads.hpp>
#include <tinyres/io/atomic_file.hpp>

namespace example {

namespace {

/// The pictures of the duplicates that a page shows.
inspection::SmallPictures pictures_of_duplicates(const inspection::Findings& findings) {
    using namespace inspection;
    SmallPictures pictures;
    for (std::size_t i = 0; i < std::min(shown_groups, findings.duplicates.size()); ++i) {
        const std::vector<std::size_t>& group = findings.duplicates[i].pictures;
        for (std::size_t k = 0; k < std::min(shown_in_group, group.size()); ++k) {
            try {
                pictures.emplace(group[k], shrunk(look_at(findings.survey.path(group[k])).small, thumbnail_side));
            } catch (const tr::Error&) {
                continue; // gone since it was read; its name is shown without it
            }
        }
    }
    return pictures;
}

} // namespace

void inspect(const InspectOptions& options) {
    using namespace inspection;
    if (options.threads < 0)
        throw tr::Error("--threads: " + std::to_string(options.threads) +
                        " is impossible; give 0 (all that there are) or more");
    if (!options.out.empty() && !std::filesystem::is_directory(std::filesystem::absolute(options.out).parent_path()))
        throw tr::write_error(options.out, "there is no such directory", "create it first or choose another place");
    SurveyOptions how{
        .threads = options.threads > 0 ? options.threads : tr::default_threads().count,
        .shown_per_class = [&](std::size_t classes) { return options.out.empty() ? 0 : shown_per_class(classes); },
        .small_side = thumbnail_side};
    std::optional<StatusLine> status;
    if (!options.json)
        how.progress = [&](int done, int total) {
            if (!status) status.emplace("Reading", total, StatusLine::Elsewhere::nothing);
            status->update(done, "pictures");
        };
    SmallPictures sheet;
    Survey survey = survey_of(options.data, how, sheet);
    status.reset();
    if (survey.pictures.empty())
        throw tr::read_error(options.data, "none of its files is a picture that can be read", "give a set of pictures");
    const Findings findings = findings_of(std::move(survey));
    const std::string text = options.json ? as_json(findings) : as_text(findings);
    std::fputs(text.c_str(), stdout);
    if (options.out.empty()) return;
    tr::write_text_file_atomically(options.out, page_of(findings, sheet, pictures_of_duplicates(findings)));
    if (!options.json) std::printf("\nWrote %s\n", options.out.c_str());
}

} // namespace example
