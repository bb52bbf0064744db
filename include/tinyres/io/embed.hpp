#pragma once

#include "tinyres/io/atomic_file.hpp"
#include "tinyres/model/embedded.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>

namespace tinyres {
inline namespace TINYRES_ARCH {

namespace detail {

/// Appends bytes to `text` as string literals, one a line: compilers read them many times faster than numbers.
inline void append_literals(std::string_view bytes, std::string& text) {
    constexpr std::size_t width = 112;
    std::size_t line = text.size();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (text.size() == line) text += '"';
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\' && byte != '?') { // ? may begin a trigraph
            text += bytes[i];
        } else {
            // An octal escape may leave out zeros in front, unless it would take the next byte for one of its digits.
            const bool whole = i + 1 < bytes.size() && bytes[i + 1] >= '0' && bytes[i + 1] <= '7';
            text += '\\';
            if (whole || byte >= 0100) text += static_cast<char>('0' + (byte >> 6));
            if (whole || byte >= 010) text += static_cast<char>('0' + (byte >> 3 & 7));
            text += static_cast<char>('0' + (byte & 7));
        }
        if (text.size() > line + width || i + 1 == bytes.size()) {
            text += "\"\n";
            line = text.size();
        }
    }
}

/// The bytes of a number as EmbeddedTensor has them.
inline std::string little_endian(float value, EmbeddedNumbers numbers) {
    std::uint32_t word = std::bit_cast<std::uint32_t>(value);
    std::size_t size = 4;
    if (numbers == EmbeddedNumbers::bfloat16) {
        word = bfloat16(value).bits;
        size = 2;
    }
    std::string bytes;
    for (std::size_t byte = 0; byte < size; ++byte) bytes += static_cast<char>(word >> (8 * byte) & 0xFFu);
    return bytes;
}

/// An EmbeddedTensor as C++.
inline std::string embedded_tensor(const NamedTensor& tensor, EmbeddedNumbers numbers) {
    std::string bytes;
    for (const float value : tensor.values) bytes += little_endian(value, numbers);
    std::string text = "    {\"" + tensor.name + "\", {";
    for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
        if (axis > 0) text += ", ";
        text += std::to_string(tensor.shape[axis]);
    }
    text += "}, " + std::to_string(tensor.shape.size()) + ", tinyres::EmbeddedNumbers::";
    text += numbers == EmbeddedNumbers::float32 ? "float32" : "bfloat16";
    text += ", {\n\"\"\n";
    append_literals(bytes, text);
    return text + ", " + std::to_string(bytes.size()) + "}},\n";
}

/// The words that C++20 keeps for itself.
inline constexpr std::string_view keywords[] = {
    "alignas",     "alignof",   "and",        "and_eq",    "asm",      "auto",         "bitand",
    "bitor",       "bool",      "break",      "case",      "catch",    "char",         "char8_t",
    "char16_t",    "char32_t",  "class",      "compl",     "concept",  "const",        "consteval",
    "constexpr",   "constinit", "const_cast", "continue",  "co_await", "co_return",    "co_yield",
    "decltype",    "default",   "delete",     "do",        "double",   "dynamic_cast", "else",
    "enum",        "explicit",  "export",     "extern",    "false",    "float",        "for",
    "friend",      "goto",      "if",         "inline",    "int",      "long",         "mutable",
    "namespace",   "new",       "noexcept",   "not",       "not_eq",   "nullptr",      "operator",
    "or",          "or_eq",     "private",    "protected", "public",   "register",     "reinterpret_cast",
    "requires",    "return",    "short",      "signed",    "sizeof",   "static",       "static_assert",
    "static_cast", "struct",    "switch",     "template",  "this",     "thread_local", "throw",
    "true",        "try",       "typedef",    "typeid",    "typename", "union",        "unsigned",
    "using",       "virtual",   "void",       "volatile",  "wchar_t",  "while",        "xor",
    "xor_eq"};

/// Throws Error unless `name` is a name for a namespace: letters, digits and _, parts joined by ::, none of them a word
/// that C++ keeps for itself.
inline void require_namespace_name(std::string_view name) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    bool begins = true; // a part of the name
    bool valid = !name.empty();
    for (std::size_t i = 0; i < name.size() && valid; ++i) {
        if (name.substr(i).starts_with("::") && !begins) {
            begins = true;
            ++i;
        } else {
            valid = is_letter(name[i]) || (!begins && name[i] >= '0' && name[i] <= '9');
            begins = false;
        }
    }
    if (!valid || begins)
        throw Error("'" + std::string(name) +
                    "' cannot name a namespace; use letters, digits and _, as in s10_weights");
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view part = rest.substr(0, rest.find("::"));
        if (std::ranges::find(keywords, part) != std::end(keywords))
            throw Error("'" + std::string(name) + "' cannot name a namespace, because '" + std::string(part) +
                        "' is a word of C++ itself; use another, as in s10_weights");
        rest.remove_prefix((std::min)(rest.size(), part.size() + 2));
    }
}

} // namespace detail

/// Writes tensors (a state_dict) as a C++ header, from which `load_embedded(model, NAME::tensors)` sets a model without
/// opening a file: of 32-bit floats, exactly, or rounded to bfloat16 in half the size; counters of batches are left
/// out. Throws Error when `name` is no name for a namespace, a tensor cannot be embedded, or the file cannot be
/// written; there is then no new file.
inline void write_embedded(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                           const std::string& name, EmbeddedNumbers numbers = EmbeddedNumbers::float32) {
    detail::require_namespace_name(name);
    for (const NamedTensor& tensor : tensors) {
        if (tensor.shape.size() > 4)
            throw Error("tensor '" + tensor.name + "' has more than 4 dimensions; a network's tensors have at most 4");
        if (tensor.name.find_first_of("\"\\\n\r") != std::string::npos)
            throw Error("the name of tensor '" + one_line(tensor.name) +
                        "' holds a quotation mark, a backslash or a line's end; rename it");
    }
    AtomicFile file{path};
    file.write("// Weights of a neural network, written by tinyres. Include this file in one source file:\n"
               "//     tinyres::load_embedded(model, NAME::tensors);    where NAME is the namespace below\n"
               "#pragma once\n"
               "#pragma GCC system_header // the strings are longer than compilers like to see\n\n"
               "#include <tinyres/model/embedded.hpp>\n\n");
    file.write("namespace " + name + " {\n\nconstexpr tinyres::EmbeddedTensor tensors[] = {\n");
    for (const NamedTensor& tensor : tensors)
        if (!is_batch_counter(tensor.name)) file.write(detail::embedded_tensor(tensor, numbers));
    file.write("};\n\n} // namespace " + name + "\n");
    file.commit();
}

} // namespace TINYRES_ARCH
} // namespace tinyres
