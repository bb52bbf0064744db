#include "svg.hpp"

#include "../text.hpp"

namespace example::plot {

namespace {

// The colors are Okabe and Ito's, which people who see few colors can tell apart; series differ by dashes and dots
// too. Plain values and no variables of CSS, which many viewers of SVG do not know.
constexpr std::string_view rules = R"(
.plot text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #4a525c }
.plot .plot-title { font-size: 17px; font-weight: 600; fill: #1f2328 }
.plot .strong { font-weight: 600; fill: #1f2328 }
.plot .label { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
.plot .page { fill: #ffffff }
.plot .frame { stroke: #9aa3ad; fill: none }
.plot .grid { stroke: #dfe3e8 }
.plot .fine { stroke: #f0f2f4 }
.plot .curve { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round }
.plot .first { stroke: #0072b2 } .plot .first.fill { fill: #0072b2 }
.plot .second { stroke: #c44e00 } .plot .second.fill { fill: #c44e00 }
.plot .third { stroke: #8a3a75 } .plot .third.fill { fill: #8a3a75 }
.plot .fill { stroke: none }
.plot .second.curve { stroke-dasharray: 7 4 }
.plot .mark { stroke-width: 1.5; stroke-dasharray: 3 3 }
.plot .dot { stroke: #ffffff; stroke-width: 1.5 }
.plot .band { fill: #0072b2; opacity: .09 }
.plot .spot { fill: #1f2328; fill-opacity: 0 } .plot .spot:hover { fill-opacity: .22 }
.plot .bar { fill: #56b4e9 } .plot .bar:hover { fill: #0072b2 }
.plot .track { fill: #eef1f4 }
.plot .hit { fill: #56b4e9 } .plot .miss { fill: #e69f00 }
.plot .cell { stroke: #ffffff; stroke-width: 1 }
.plot .cell:hover { stroke: #1f2328; stroke-width: 2 }
.plot .count { fill: #1f2328; pointer-events: none }
.plot .none { fill: #6e7781; pointer-events: none }
.plot image { image-rendering: pixelated }
@media (prefers-color-scheme: dark) {
.plot text { fill: #b1bac4 }
.plot .plot-title, .plot .strong { fill: #f0f6fc }
.plot .label { stroke: #0d1117 }
.plot .page { fill: #0d1117 }
.plot .frame { stroke: #6e7681 }
.plot .grid { stroke: #272d35 }
.plot .fine { stroke: #1b2027 }
.plot .first { stroke: #56b4e9 } .plot .first.fill { fill: #56b4e9 }
.plot .second { stroke: #f0a030 } .plot .second.fill { fill: #f0a030 }
.plot .third { stroke: #e0a0cf } .plot .third.fill { fill: #e0a0cf }
.plot .fill { stroke: none }
.plot .dot { stroke: #0d1117 }
.plot .band { fill: #56b4e9; opacity: .14 }
.plot .spot { fill: #f0f6fc }
.plot .bar { fill: #0072b2 } .plot .bar:hover { fill: #56b4e9 }
.plot .track { fill: #1b2027 }
.plot .hit { fill: #0072b2 } .plot .miss { fill: #a35a00 }
.plot .cell { stroke: #0d1117 }
.plot .cell:hover { stroke: #f0f6fc }
.plot .count { fill: #f0f6fc }
.plot .none { fill: #848d97 }
}
)";

constexpr double file_margin = 12;

/// The length of the valid UTF-8 character that `text` begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    if (length == 0 || byte(0) > 0xf4 || text.size() < length) return 0;
    for (std::size_t at = 1; at < length; ++at)
        if ((byte(at) & 0xc0) != 0x80) return 0;
    // Longer than need be, half of a pair, not a character, beyond Unicode.
    if (length == 3 && ((byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) > 0x9f))) return 0;
    if (length == 3 && byte(0) == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe) return 0;
    if (length == 4 && ((byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) > 0x8f))) return 0;
    return length;
}

const char* name_of(Anchor anchor) {
    return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

} // namespace

std::string escaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const char first = text.front();
        if (first == '&')
            result += "&amp;";
        else if (first == '<')
            result += "&lt;";
        else if (first == '>')
            result += "&gt;";
        else if (first == '"')
            result += "&quot;";
        else if (length == 0 || (length == 1 && (first < ' ' || first == '\x7f') && first != '\n' && first != '\t'))
            result += "\xef\xbf\xbd";
        else
            result += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return result;
}

std::string_view style() {
    return rules;
}

std::string svg(const Picture& picture, Place place, const std::string& content) {
    const bool alone = place == Place::file;
    const double margin = alone ? file_margin : 0;
    const double header = !alone ? 0 : picture.subtitle.empty() ? 40 : 60;
    const double width = picture.width + 2 * margin;
    const double height = picture.height + header + margin;
    const char* name = picture.name.c_str();
    std::string result = printed("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"%s\" viewBox=\"0 0 %.0f %.0f\" ",
                                 !alone && picture.width > 640 ? "plot wide-plot" : "plot", width, height);
    if (alone) result += printed("width=\"%.0f\" height=\"%.0f\" ", 1.5 * width, 1.5 * height);
    result += printed("role=\"img\" aria-labelledby=\"%s-title %s-description\">\n", name, name);
    result += printed("<title id=\"%s-title\">%s</title>\n", name, escaped(picture.title).c_str());
    result += printed("<desc id=\"%s-description\">%s</desc>\n", name, escaped(picture.description).c_str());
    if (!alone) return result + content + "</svg>\n";
    result += "<style>" + std::string(rules) + "</style>\n";
    result += rectangle("page", 0, 0, width, height);
    result += text(margin, 28, Anchor::start, escaped(picture.title), "plot-title");
    if (!picture.subtitle.empty()) result += text(margin, 48, Anchor::start, escaped(picture.subtitle));
    return result + printed("<g transform=\"translate(%.0f %.0f)\">\n", margin, header) + content + "</g>\n</svg>\n";
}

std::string text(double x, double y, Anchor anchor, const std::string& content, const char* kind) {
    return printed("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", kind, x, y,
                   name_of(anchor), content.c_str());
}

std::string line(const char* kind, double x1, double y1, double x2, double y2) {
    return printed("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", kind, x1, y1, x2, y2);
}

std::string rectangle(const char* kind, double x, double y, double width, double height, const std::string& content,
                      const std::string& attributes) {
    return printed("<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", kind, x, y, width,
                   height) +
           attributes + (content.empty() ? "/>\n" : '>' + content + "</rect>\n");
}

std::string hover(const std::string& title) {
    return "<title>" + escaped(title) + "</title>";
}

} // namespace example::plot
