#pragma once

#include <string>
#include <string_view>

namespace example::plot {

/// Text as it may stand between XML's tags and in quoted attributes. What is not UTF-8 or may not stand in XML becomes
/// U+FFFD.
std::string escaped(std::string_view text);

/// Where a picture stands: in a file of its own, or in a page that includes `style()`.
enum class Place { file, page };

/// What a picture is, beside its content.
struct Picture {
    std::string name;        ///< letters and dashes, unique in its page
    std::string title;       ///< plain text; a picture in a file shows it
    std::string subtitle;    ///< plain text; shown below the title
    std::string description; ///< plain text, for those who do not see the picture
    double width = 480;
    double height = 300;
};

/// A whole <svg> element around `content`, which is SVG for an area of the picture's width and height.
std::string svg(const Picture& picture, Place place, const std::string& content);

/// The rules of CSS that all pictures share, for light and dark pages.
std::string_view style();

enum class Anchor { start, middle, end };

/// The elements that pictures are made of. `kind` is a class that `style()` knows, `content` is SVG, `attributes` begin
/// with a space.
std::string text(double x, double y, Anchor anchor, const std::string& content, const char* kind = "");
std::string line(const char* kind, double x1, double y1, double x2, double y2);
std::string rectangle(const char* kind, double x, double y, double width, double height,
                      const std::string& content = "", const std::string& attributes = "");

/// What a mouse that rests on an element shows; plain text.
std::string hover(const std::string& title);

} // namespace example::plot
