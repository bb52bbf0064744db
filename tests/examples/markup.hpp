#pragma once

#include <cctype>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinyres_test {

/// An element of XML.
struct Element {
    std::string name;
    std::map<std::string, std::string> attributes;
    std::string text;             ///< all text in it, that of elements in it too
    std::vector<Element> content; ///< the elements in it

    /// All elements of a name below this one, in their order.
    std::vector<const Element*> all(std::string_view wanted) const {
        std::vector<const Element*> found;
        collect(wanted, found);
        return found;
    }
    /// The one whose id it is; nullptr when there is none.
    const Element* with_id(std::string_view id) const {
        for (const Element& element : content) {
            const auto own = element.attributes.find("id");
            if (own != element.attributes.end() && own->second == id) return &element;
            if (const Element* below = element.with_id(id)) return below;
        }
        return nullptr;
    }

private:
    void collect(std::string_view wanted, std::vector<const Element*>& found) const {
        for (const Element& element : content) {
            if (element.name == wanted) found.push_back(&element);
            element.collect(wanted, found);
        }
    }
};

/// Reads a document that is well-formed XML, of the kind that the program writes: no comments, processing instructions
/// or entities beside the four of `escaped`. Throws std::runtime_error, with the place, when it is not.
class MarkupReader {
public:
    explicit MarkupReader(std::string_view text) : text_(text) {}

    Element read() {
        if (take("<!DOCTYPE html>")) skip_space();
        Element root = element();
        skip_space();
        if (at_ != text_.size()) fail("something after the end");
        return root;
    }

private:
    Element element() {
        expect("<");
        Element result{.name = name(), .attributes = {}, .text = {}, .content = {}};
        for (skip_space(); peek() != '>' && peek() != '/'; skip_space()) {
            const std::string key = name();
            expect("=\"");
            const std::string value = until('"');
            expect("\"");
            if (!result.attributes.emplace(key, value).second) fail("two attributes " + key);
        }
        if (take("/>")) return result;
        expect(">");
        for (;;) {
            const std::string between = until('<');
            result.text += between;
            if (take("</")) {
                if (name() != result.name) fail("an end that is not that of " + result.name);
                expect(">");
                return result;
            }
            result.content.push_back(element());
            result.text += result.content.back().text;
        }
    }

    std::string name() {
        const std::size_t start = at_;
        while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '-' || peek() == ':') ++at_;
        if (at_ == start) fail("no name");
        return std::string(text_.substr(start, at_ - start));
    }

    /// What stands before `end`, entities replaced.
    std::string until(char end) {
        std::string result;
        while (peek() != end) {
            if (peek() == '<') fail("a < in a value");
            if (peek() != '&') {
                result += text_[at_++];
                continue;
            }
            static constexpr std::pair<std::string_view, char> entities[] = {
                {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}};
            bool known = false;
            for (const auto& [entity, character] : entities)
                if (!known && take(entity)) {
                    result += character;
                    known = true;
                }
            if (!known) fail("an & that is no entity");
        }
        return result;
    }

    char peek() const {
        if (at_ >= text_.size()) fail("the end");
        return text_[at_];
    }
    bool take(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) return false;
        at_ += expected.size();
        return true;
    }
    void expect(std::string_view expected) {
        if (!take(expected)) fail("no " + std::string(expected));
    }
    void skip_space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    }
    [[noreturn]] void fail(const std::string& what) const {
        const std::size_t start = at_ < 60 ? 0 : at_ - 60;
        throw std::runtime_error{"not well-formed: " + what + " at " + std::to_string(at_) + ": ..." +
                                 std::string(text_.substr(start, 120))};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

inline Element read_markup(std::string_view text) {
    return MarkupReader{text}.read();
}

} // namespace tinyres_test
