#include "page.hpp"

#include "figures.hpp"
#include "programs/report/html.hpp"
#include "programs/report/page_style.hpp"
#include "programs/text.hpp"
#include "thumbnail.hpp"

#include <algorithm>
#include <numeric>

namespace example::inspection {

namespace {

/// The rules of CSS beside those that reports have.
constexpr const char* sheet_style = R"(
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.25rem, 1fr)); gap: .45rem; list-style: none;
  margin: .5rem 0 0; padding: 0 }
.sheet li { display: flex; align-items: center; justify-content: center; height: 5.25rem; background: var(--raised);
  border-radius: .25rem; overflow: hidden }
.sheet img { max-width: 100%; max-height: 100% }
.sheet img[width="1"], .sheet img.tiny { width: 2rem; height: auto; image-rendering: pixelated }
.class { content-visibility: auto; contain-intrinsic-size: auto 14rem; scroll-margin-top: 1rem }
.class h3 { margin-bottom: .1rem; overflow-wrap: anywhere } .class h3 small { color: var(--soft); font-weight: 400 }
.twins { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem 1.75rem }
.twins .sheet { grid-template-columns: repeat(4, minmax(0, 1fr)) }
.twins figcaption { overflow-wrap: anywhere }
.index { display: flex; flex-wrap: wrap; gap: .15rem .9rem; font-size: .9375rem; overflow-wrap: anywhere }
.wraps td, .wraps th { white-space: normal; overflow-wrap: anywhere; vertical-align: top; text-align: left }
)";

struct Part {
    std::string id;
    std::string title;
    std::string body; ///< HTML
};

std::string number(std::size_t value) {
    return with_commas(static_cast<long long>(value));
}

std::string tile(const std::string& name, const std::string& value, const std::string& below) {
    return html::element("div", html::text("dt", name) +
                                    html::element("dd", html::escaped(value) + html::text("small", below)));
}

/// A thumbnail in a list; what cannot be shown any more is an empty place.
std::string thumbnail(const Survey& survey, const SmallPictures& pictures, std::size_t index) {
    const auto small = pictures.find(index);
    if (small == pictures.end()) return html::element("li", "");
    const SurveyedPicture& picture = survey.pictures[index];
    const std::string name = html::escaped(picture.file);
    const int longer = std::max(small->second.width, small->second.height);
    return html::element("li",
                         printed("<img alt=\"%s\" title=\"%s (%d x %d)\" width=\"%d\" height=\"%d\"%s src=\"",
                                 name.c_str(), name.c_str(), picture.facts.width, picture.facts.height,
                                 small->second.width, small->second.height, longer < 16 ? " class=\"tiny\"" : "") +
                             thumbnail_uri(small->second) + "\"/>");
}

std::string tiles(const Findings& findings) {
    const Survey& survey = findings.survey;
    std::string formats;
    for (std::size_t i = 0; i < format_names.size(); ++i)
        if (findings.formats[i] > 0)
            formats += (formats.empty() ? "" : ", ") + with_commas(findings.formats[i]) + ' ' + format_names[i];
    std::string content =
        tile("Pictures", number(survey.pictures.size()), formats) +
        tile("Classes", number(survey.class_names.size()), printed("%.1f MB of files", double(findings.bytes) / 1e6)) +
        tile("Width", printed("%.0f", findings.width.median),
             printed("%.0f to %.0f pixels; this is the median", findings.width.smallest, findings.width.largest)) +
        tile("Height", printed("%.0f", findings.height.median),
             printed("%.0f to %.0f pixels", findings.height.smallest, findings.height.largest)) +
        tile("Width / height", printed("%.3g", findings.ratio.median),
             printed("%.3g to %.3g", findings.ratio.smallest, findings.ratio.largest)) +
        tile("Gray", with_commas(findings.gray), with_commas(findings.alpha) + " with transparency") +
        tile("Duplicates", number(findings.duplicates.size()), "the same file, or alike") +
        tile("Unreadable", number(survey.unreadable.size()), "files that are no whole pictures");
    return html::element("dl", content, " class=\"tiles\"");
}

Part classes_part(const Survey& survey) {
    const auto splits = survey.splits();
    const auto counts = survey.counts();
    std::vector<std::string> header{"Class"};
    for (std::size_t split = 0; split < splits.size(); ++split)
        if (splits[split]) header.push_back(split_names[split]);
    std::vector<std::vector<std::string>> rows;
    for (std::size_t label = 0; label < counts.size(); ++label) {
        std::vector<std::string> row{html::escaped(survey.class_names[label])};
        for (std::size_t split = 0; split < splits.size(); ++split)
            if (splits[split]) row.push_back(with_commas(counts[label][split]));
        rows.push_back(std::move(row));
    }
    return {"classes", "Classes",
            html::figure(class_figure(survey),
                         "Pictures of each class" + std::string(survey.class_names.size() > 40
                                                                    ? "; a name shows when the mouse rests on a column."
                                                                    : ", compared with the largest one.")) +
                html::details("The numbers", html::table("Pictures of each class", header, rows))};
}

Part sizes_part(const Survey& survey) {
    return {"sizes", "Sizes",
            html::figure(size_figure(survey), "The larger a dot, the more pictures have that size. Sizes within a "
                                              "twelfth of each other share one.")};
}

Part duplicates_part(const Findings& findings, const SmallPictures& pictures) {
    const Survey& survey = findings.survey;
    std::string content = html::text(
        "p", "Files with the same content, and pictures that look alike: their brightness rises and falls in the same "
             "places (a perceptual hash), in similar colors. The hash may err; look before you remove anything.");
    std::string groups;
    for (std::size_t i = 0; i < std::min(shown_groups, findings.duplicates.size()); ++i) {
        const Duplicates& group = findings.duplicates[i];
        std::string list;
        for (std::size_t k = 0; k < std::min(shown_in_group, group.pictures.size()); ++k)
            list += thumbnail(survey, pictures, group.pictures[k]);
        groups += html::figure(html::element("ul", list, " class=\"sheet\""),
                               "<strong>" + html::escaped(findings.kind_of(group)) +
                                   "</strong>: " + html::escaped(findings.files_of(group, shown_in_group)));
    }
    content += html::element("div", groups, " class=\"twins\"");
    if (findings.duplicates.size() > shown_groups)
        content += html::text("p", "and " + number(findings.duplicates.size() - shown_groups) +
                                       " more, all in the output of --json.");
    return {"duplicates", "Duplicates", content};
}

Part unreadable_part(const Survey& survey) {
    constexpr std::size_t most = 200;
    std::string rows;
    for (std::size_t i = 0; i < std::min(most, survey.unreadable.size()); ++i)
        rows += html::element("tr", html::text("th", survey.unreadable[i].file, " scope=\"row\"") +
                                        html::text("td", survey.unreadable[i].problem));
    std::string content = html::element("table", html::element("tbody", rows), " class=\"wraps\"");
    if (survey.unreadable.size() > most)
        content +=
            html::text("p", "and " + number(survey.unreadable.size() - most) + " more, all in the output of --json.");
    return {"unreadable", "Unreadable", content};
}

Part sheet_part(const Survey& survey, const SmallPictures& pictures) {
    std::vector<std::vector<std::size_t>> shown(survey.class_names.size());
    for (const auto& [index, picture] : pictures)
        shown[static_cast<std::size_t>(survey.pictures[index].label)].push_back(index);
    const auto counts = survey.counts();
    std::string links, content;
    for (std::size_t label = 0; label < shown.size(); ++label) {
        const std::string id = "class-" + std::to_string(label);
        links += html::text("a", survey.class_names[label], " href=\"#" + id + '"');
        std::string list;
        for (const std::size_t index : shown[label]) list += thumbnail(survey, pictures, index);
        const int count = std::accumulate(counts[label].begin(), counts[label].end(), 0);
        content += html::element("div",
                                 html::element("h3", html::escaped(survey.class_names[label]) + ' ' +
                                                         html::text("small", with_commas(count))) +
                                     html::element("ul", list, " class=\"sheet\""),
                                 " class=\"class\" id=\"" + id + '"');
    }
    return {"sheet", "Contact sheet",
            html::text("p", "Up to " + std::to_string(shown_per_class(shown.size())) +
                                " pictures of each class, evenly spaced among its files.") +
                html::element("div", links, " class=\"index\"") + content};
}

std::string section(const Part& part) {
    return html::element("section", html::text("h2", part.title, " id=\"" + part.id + "-title\"") + part.body,
                         " id=\"" + part.id + "\" aria-labelledby=\"" + part.id + "-title\"");
}

} // namespace

int shown_per_class(std::size_t classes) {
    constexpr std::size_t in_all = 1200;
    return static_cast<int>(std::clamp(in_all / std::max<std::size_t>(classes, 1), std::size_t{3}, std::size_t{24}));
}

std::string page_of(const Findings& findings, const SmallPictures& sheet, const SmallPictures& twins) {
    const Survey& survey = findings.survey;
    std::string notices, links, body;
    for (const std::string& warning : findings.warnings)
        notices += html::text("p", warning, " class=\"notice\" role=\"note\"");
    std::vector<Part> parts{classes_part(survey), sizes_part(survey)};
    if (!findings.duplicates.empty()) parts.push_back(duplicates_part(findings, twins));
    if (!survey.unreadable.empty()) parts.push_back(unreadable_part(survey));
    parts.push_back(sheet_part(survey, sheet));
    for (const Part& part : parts)
        links += html::element("li", html::text("a", part.title, " href=\"#" + part.id + '"'));
    body = html::element("div", section(parts[0]) + section(parts[1]), " class=\"pair\"");
    for (std::size_t i = 2; i < parts.size(); ++i) body += section(parts[i]);
    const std::string title = "Pictures of " + survey.name;
    const std::string head =
        "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<link rel=\"icon\" href=\"data:,\"/>\n" +
        html::text("title", title) + html::element("style", std::string(plot::style()) + page_style + sheet_style);
    const std::string header =
        html::text("h1", title) +
        html::text("p", survey.root.string(), " class=\"lead\" style=\"overflow-wrap: anywhere\"") + notices +
        tiles(findings);
    return "<!DOCTYPE html>\n" +
           html::element(
               "html",
               html::element("head", head) +
                   html::element("body",
                                 html::element("header", header) +
                                     html::element("nav", html::element("ul", links), " aria-label=\"Sections\"") +
                                     html::element("main", body) +
                                     html::text("footer", "Made by tinyres-classifier inspect, an example "
                                                          "of tinyres.")),
               " lang=\"en\"");
}

} // namespace example::inspection
