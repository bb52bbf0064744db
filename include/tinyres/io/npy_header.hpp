#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"
#include "tinyres/io/file_error.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What the header of a NumPy array says.
struct NpyHeader {
    char kind = 'f';       ///< of its numbers: 'u' unsigned, 'i' signed, 'f' floating-point
    std::size_t width = 4; ///< the bytes of a number, little-endian
    bool fortran_order = false;
    std::vector<std::size_t> shape;

    /// The type as NumPy names it: "float32".
    std::string type_name() const {
        const std::string bits = std::to_string(8 * width);
        return (kind == 'f' ? "float" : kind == 'i' ? "int" : "uint") + bits;
    }

    /// The shape as Python writes it: "(60000, 28, 28)".
    std::string shape_text() const {
        std::string text = "(";
        for (const std::size_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
        return text + (shape.size() == 1 ? ",)" : ")");
    }
};

namespace detail {

/// Reads the header's Python dictionary, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class NpyHeaderReader {
public:
    explicit NpyHeaderReader(std::string_view text) : rest_(text) {}

    NpyHeader read() {
        std::optional<std::string_view> type;
        std::optional<bool> fortran_order;
        std::optional<std::vector<std::size_t>> shape;
        expect('{');
        while (!take('}')) {
            const std::string_view key = string();
            expect(':');
            if (key == "descr" && !type) {
                if (peek() == '[')
                    throw Error("its elements are records of several fields; save one field as an array of its own");
                type = string();
            } else if (key == "fortran_order" && !fortran_order) {
                fortran_order = boolean();
            } else if (key == "shape" && !shape) {
                shape = sizes();
            } else {
                refuse();
            }
            if (peek() != '}') expect(',');
        }
        if (!rest_.empty() && rest_.find_first_not_of(" \n") != rest_.npos) refuse();
        if (!type || !fortran_order || !shape) refuse();
        NpyHeader header{.fortran_order = *fortran_order, .shape = *shape};
        set_type(header, *type);
        return header;
    }

private:
    [[noreturn]] static void refuse() {
        throw Error("its header is not one that NumPy writes; save it again with numpy.save");
    }

    char peek() {
        const std::size_t spaces = rest_.find_first_not_of(' ');
        if (spaces == rest_.npos) refuse();
        rest_.remove_prefix(spaces);
        return rest_.front();
    }
    bool take(char c) {
        if (peek() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!take(c)) refuse();
    }

    std::string_view string() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') refuse();
        const std::size_t end = rest_.find(quote, 1);
        if (end == rest_.npos) refuse();
        const std::string_view text = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return text;
    }

    bool boolean() {
        peek();
        for (const bool value : {false, true}) {
            const std::string_view name = value ? "True" : "False";
            if (!rest_.starts_with(name)) continue;
            rest_.remove_prefix(name.size());
            return value;
        }
        refuse();
    }

    std::vector<std::size_t> sizes() {
        std::vector<std::size_t> shape;
        expect('(');
        while (!take(')')) {
            peek();
            std::size_t size = 0;
            const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
            if (error != std::errc{}) refuse();
            rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
            shape.push_back(size);
            if (peek() != ')') expect(',');
        }
        return shape;
    }

    static void set_type(NpyHeader& header, std::string_view type) {
        if (type.starts_with("|O"))
            throw Error("its elements are Python objects (dtype object); save an array of numbers");
        if (type.starts_with('>'))
            throw Error("its numbers are big-endian (" + quoted_name(type) + "); save array.astype(" + "\"<" +
                        one_line(type.substr(1)) + "\")");
        for (const char kind : {'u', 'i', 'f'})
            for (const char width : {'1', '2', '4', '8'})
                if (type.size() == 3 && type[1] == kind && type[2] == width && !(kind == 'f' && width < '4')) {
                    header.kind = kind;
                    header.width = static_cast<std::size_t>(width - '0');
                    return;
                }
        throw Error("its elements are of type " + quoted_name(type) +
                    ", which cannot be read; save integers, float32 or float64");
    }

    std::string_view rest_;
};

} // namespace detail

/// Reads the text of an .npy file's header. Throws Error with problem and remedy, without the file, when it is damaged
/// or the numbers are neither integers nor float32 or float64.
inline NpyHeader parse_npy_header(std::string_view text) {
    return detail::NpyHeaderReader{text}.read();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
