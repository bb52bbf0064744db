#pragma once

#include <cstring>
#include <stdexcept>
#include <string>

namespace cuda_shim {

/// Something that is undefined or an error on a GPU; one line that says what, and where as far as that is known.
class Fault : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A place in a kernel.
struct Site {
    const char* file = "";
    int line = 0;

    /// As the default argument of a function: where that is called. (std::source_location is more than clang 14 has.)
    static constexpr Site here(const char* its_file = __builtin_FILE(), int its_line = __builtin_LINE()) {
        return {its_file, its_line};
    }

    bool operator==(const Site& other) const {
        return line == other.line && (file == other.file || std::strcmp(file, other.file) == 0);
    }
};

/// As "file.hpp:12".
inline std::string text(Site site) {
    const char* const slash = std::strrchr(site.file, '/');
    return std::string(slash == nullptr ? site.file : slash + 1) + ":" + std::to_string(site.line);
}

} // namespace cuda_shim
