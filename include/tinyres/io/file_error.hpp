#pragma once

#include "tinyres/core/config.hpp"
#include "tinyres/core/error.hpp"

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// `text` fit for an error's one line: control characters become '?'.
inline std::string one_line(std::string_view text) {
    std::string line{text};
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return line;
}

/// A name that came out of a file, in quotes and cut after 100 bytes.
inline std::string quoted_name(std::string_view name) {
    constexpr std::size_t longest = 100;
    return '"' + one_line(name.substr(0, longest)) + (name.size() > longest ? "...\"" : "\"");
}

/// "cannot read PATH: PROBLEM; REMEDY".
inline Error read_error(const std::filesystem::path& path, std::string_view problem, std::string_view remedy) {
    return Error{one_line("cannot read " + path.string() + ": " + std::string{problem} + "; " + std::string{remedy})};
}

/// "cannot write PATH: PROBLEM; REMEDY".
inline Error write_error(const std::filesystem::path& path, std::string_view problem, std::string_view remedy) {
    return Error{one_line("cannot write " + path.string() + ": " + std::string{problem} + "; " + std::string{remedy})};
}

/// The system's words for an `errno`, such as "No space left on device".
inline std::string system_reason(int error) {
    return std::generic_category().message(error);
}

/// What to do about an `errno` that opening or reading a file gave.
constexpr std::string_view read_remedy(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "check that the path is right";
    case EACCES:
    case EPERM:
        return "give this user permission to read it and to enter its directory";
    case EISDIR:
        return "name a file in it instead";
    case EMFILE:
    case ENFILE:
        return "close other files or raise the limit on open files (ulimit -n)";
    default:
        return "check the disk or use another copy";
    }
}

/// What to do about an `errno` that making, writing or renaming a file gave.
constexpr std::string_view write_remedy(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "free some space there or choose another place";
    case EFBIG:
        return "raise the limit on file sizes (ulimit -f) or choose another file system";
    case ENOENT:
    case ENOTDIR:
        return "make the directory first or choose another place";
    case EACCES:
    case EPERM:
    case EROFS:
        return "give this user permission to write there or choose another place";
    case EISDIR:
        return "name a file in it instead";
    case ENAMETOOLONG:
        return "choose a shorter name";
    case EMFILE:
    case ENFILE:
        return "close other files or raise the limit on open files (ulimit -n)";
    default:
        return "check the disk or choose another place";
    }
}

/// Runs `function`; an Error from it gets the file's name in front.
template <class Function>
void naming_file(const std::filesystem::path& path, Function function) {
    try {
        function();
    } catch (const Error& error) {
        throw Error("'" + path.string() + "': " + error.what());
    }
}

} // namespace TINYRES_ARCH
} // namespace tinyres
