#include "page.hpp"

#include "../text.hpp"
#include "html.hpp"
#include "page_style.hpp"
#include "sections.hpp"

namespace example {

namespace {

std::string notice(const std::string& text) {
    return html::text("p", text, " class=\"notice\" role=\"note\"");
}

/// The sections from top to bottom; those of a row stand side by side where there is room.
std::vector<std::vector<Section>> rows_of(const RunRecord& run, const std::optional<ImageFindings>& images) {
    std::vector<std::vector<Section>> rows{{recipe_section(run)}, {learning_rate_section(run)}};
    if (run.range_test) rows.back().push_back(range_test_section(run));
    rows.push_back({training_section(run)});
    if (images) {
        rows.push_back({confusion_section(run, images->predictions)});
        Section classes = classes_section(run, images->predictions);
        if (has_many_classes(images->predictions))
            rows.push_back({std::move(classes)});
        else
            rows.back().push_back(std::move(classes));
        rows.push_back({augmentation_section(run, images->augmented)});
        rows.push_back({mistakes_section(run, *images)});
    }
    rows.push_back({speed_section(run)});
    return rows;
}

std::string section_element(const Section& section) {
    const std::string title_id = section.id + "-title";
    return html::element("section", html::text("h2", section.title, " id=\"" + title_id + '"') + section.body,
                         " id=\"" + section.id + "\" aria-labelledby=\"" + title_id + '"');
}

std::string header(const RunRecord& run, const std::optional<ImageFindings>& images, const std::string& why_none) {
    std::string content = html::text("h1", run.title) + html::text("p", run.lead, " class=\"lead\"");
    if (!run.notice.empty()) content += notice(run.notice);
    if (!run.finished)
        content += notice("This run is not finished: " + std::to_string(run.history.back().epoch) + " of its " +
                          std::to_string(run.epochs) + " epochs are done.");
    if (!images) content += notice("There are no images and no predictions in this report: " + why_none);
    return content + tiles(run);
}

} // namespace

std::string report_page(const RunRecord& run, const std::optional<ImageFindings>& images, const std::string& why_none) {
    std::string links, body;
    for (const std::vector<Section>& row : rows_of(run, images)) {
        std::string content;
        for (const Section& section : row) {
            links += html::element("li", html::text("a", section.title, " href=\"#" + section.id + '"'));
            content += section_element(section);
        }
        body += row.size() == 1 ? content : html::element("div", content, " class=\"pair\"");
    }
    const double accuracy = 100 * run.judged_epoch().test_accuracy;
    const std::string head =
        "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<link rel=\"icon\" href=\"data:,\"/>\n" +
        html::element("title", html::escaped(printed("%s: %.2f%%", run.title.c_str(), accuracy))) +
        html::element("style", std::string(plot::style()) + page_style);
    return "<!DOCTYPE html>\n" +
           html::element(
               "html",
               html::element("head", head) +
                   html::element(
                       "body",
                       html::element("header", header(run, images, why_none)) +
                           html::element("nav", html::element("ul", links), " aria-label=\"Sections\"") +
                           html::element("main", body) +
                           html::text("footer", "Made by " + run.program +
                                                    " report, an example of tinyres. The pieces are in plots/.")),
               " lang=\"en\"");
}

} // namespace example
