#pragma once

#include "../plot/svg.hpp"

#include <string>
#include <vector>

namespace example::html {

using plot::escaped;

/// `content`, which is HTML, in an element; `attributes` begin with a space.
inline std::string element(const std::string& name, const std::string& content, const std::string& attributes = "") {
    return '<' + name + attributes + '>' + content + "</" + name + ">\n";
}

/// Plain text in an element.
inline std::string text(const std::string& name, const std::string& content, const std::string& attributes = "") {
    return element(name, escaped(content), attributes);
}

/// A table of numbers that can be scrolled sideways; header and cells are HTML. The first column names the rows.
inline std::string table(const std::string& caption, const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows,
                         std::size_t emphasized_row = std::size_t(-1)) {
    std::string head, body;
    for (const std::string& cell : header) head += "<th scope=\"col\">" + cell + "</th>";
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::string cells = "<th scope=\"row\">" + rows[row].front() + "</th>";
        for (std::size_t column = 1; column < rows[row].size(); ++column) cells += "<td>" + rows[row][column] + "</td>";
        body += element("tr", cells, row == emphasized_row ? " class=\"best\"" : "");
    }
    return element("div",
                   element("table",
                           text("caption", caption) + element("thead", element("tr", head)) + element("tbody", body),
                           " class=\"numbers\""),
                   " class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"" + escaped(caption) + '"');
}

/// What a page shows when it is asked for.
inline std::string details(const std::string& summary, const std::string& content) {
    return element("details", text("summary", summary) + content);
}

/// A picture with words below.
inline std::string figure(const std::string& content, const std::string& caption) {
    return element("figure", content + (caption.empty() ? "" : element("figcaption", caption)));
}

} // namespace example::html
