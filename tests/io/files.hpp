#pragma once

#include "error_of.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tinyres_test {

/// A directory of one's own that goes with everything in it.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / ("tinyres-test-" + std::string(6, 'X'))).string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"cannot make " + pattern};
        path_ = pattern;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

    /// The names of all that is in it, hidden files too.
    std::set<std::string> entries() const {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator{path_}) names.insert(entry.path().filename());
        return names;
    }

private:
    std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

inline void put(const std::filesystem::path& path, std::string_view content) {
    std::ofstream{path, std::ios::binary} << content;
}

/// Checks that an error is one line that names the file and holds `part`.
inline void check_error(const std::string& error, const std::filesystem::path& file, std::string_view part) {
    CAPTURE(error);
    CHECK(error.find(file.string()) != std::string::npos);
    CHECK(error.find(part) != std::string::npos);
    CHECK(error.find("; ") != std::string::npos);
    CHECK(error.find('\n') == std::string::npos);
}

/// What `action` returns when it runs in a process of its own, so that it may change limits and users.
template <class Action>
std::string in_child(Action action) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error{"cannot make a pipe"};
    const ::pid_t child = ::fork();
    if (child < 0) throw std::runtime_error{"cannot fork"};
    if (child == 0) {
        std::string result;
        try {
            result = action();
        } catch (const std::exception& error) {
            result = std::string{"unexpected: "} + error.what();
        }
        const bool written = ::write(ends[1], result.data(), result.size()) == static_cast<::ssize_t>(result.size());
        ::_exit(written ? 0 : 1);
    }
    ::close(ends[1]);
    std::string result;
    std::array<char, 4096> buffer{};
    for (::ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
        result.append(buffer.data(), static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error{"the child process died: " + result};
    return result;
}

/// Gives up root's power to pass over permission bits, for good; only for children. False when that is not possible.
inline bool drop_privileges() {
    constexpr unsigned nobody = 65534;
    if (::geteuid() != 0) return true;
    return ::setgroups(0, nullptr) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0;
}

} // namespace tinyres_test
