#pragma once

#include "io/files.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tinyres_test {

using Arguments = std::vector<std::string>;

/// What a program that has ended has left.
struct Outcome {
    int status = 0; ///< its exit code, or minus the signal that killed it
    std::string out;
    std::string error;
};

/// The example's program in a process of its own, as a user starts it; killed if it still runs in the end.
class Program {
public:
    /// `prepare` runs in the new process before the program at `path` does; when it returns false, the exit code is 99.
    explicit Program(
        const Arguments& arguments, const std::function<bool()>& prepare = [] { return true; },
        const char* path = TINYRES_CIFAR10_PROGRAM) {
        child_ = ::fork();
        if (child_ < 0) throw std::runtime_error{"cannot fork"};
        if (child_ == 0) {
            redirect(STDOUT_FILENO, output());
            redirect(STDERR_FILENO, errors());
            execute(arguments, prepare, path);
        }
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        if (child_ > 0) {
            signal(SIGKILL);
            wait();
        }
    }

    /// Replaces this process by the program. It is opened before `prepare`, which may give up the right to reach it.
    [[noreturn]] static void execute(const Arguments& arguments, const std::function<bool()>& prepare,
                                     const char* path = TINYRES_CIFAR10_PROGRAM) {
        const int program = ::open(path, O_RDONLY | O_CLOEXEC);
        std::vector<std::string> copy{path};
        copy.insert(copy.end(), arguments.begin(), arguments.end());
        std::vector<char*> pointers;
        for (std::string& argument : copy) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        if (prepare()) ::fexecve(program, pointers.data(), environ);
        ::_exit(99);
    }

    void signal(int number) const { ::kill(child_, number); }

    /// Waits until `condition` holds; false when the program has ended before.
    bool wait_until(const std::function<bool()>& condition) {
        while (!condition()) {
            int status = 0;
            if (::waitpid(child_, &status, WNOHANG) == child_) {
                child_ = -1;
                status_ = status;
                return condition();
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return true;
    }

    Outcome wait() {
        if (child_ > 0) ::waitpid(std::exchange(child_, -1), &status_, 0);
        return {WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_), content_of(output()),
                content_of(errors())};
    }

    std::string printed() const { return content_of(output()); }

private:
    static void redirect(int descriptor, const std::filesystem::path& path) {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        ::dup2(file, descriptor);
    }
    std::filesystem::path output() const { return directory_ / "stdout"; }
    std::filesystem::path errors() const { return directory_ / "stderr"; }

    TemporaryDirectory directory_;
    ::pid_t child_ = -1;
    int status_ = 0;
};

inline Outcome run(
    const Arguments& arguments, const std::function<bool()>& prepare = [] { return true; }) {
    return Program{arguments, prepare}.wait();
}

/// Checks that the program has ended as it does on bad input: one line on stderr that says each of `parts`, and a code.
inline void check_refused(const Outcome& outcome, const std::vector<std::string>& parts,
                          const std::string& program = "cifar10") {
    CAPTURE(outcome.error);
    CHECK(outcome.status == 1);
    CHECK(outcome.error.starts_with(program + ": error: "));
    CHECK(outcome.error.find("; ") != std::string::npos); // the remedy
    CHECK(outcome.error.find('\n') == outcome.error.size() - 1);
    for (const std::string& part : parts) {
        CAPTURE(part);
        CHECK(outcome.error.find(part) != std::string::npos);
    }
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// The lines of `text` that begin with `start`.
inline std::vector<std::string> lines_with(const std::string& text, const std::string& start) {
    std::vector<std::string> lines;
    for (const std::string& line : lines_of(text))
        if (line.starts_with(start)) lines.push_back(line);
    return lines;
}

/// `arguments` with `more` behind them; a flag with a value that is given again takes the place of the first.
inline Arguments with_flags(Arguments arguments, const Arguments& more) {
    for (std::size_t i = 0; i < more.size(); ++i) {
        const auto earlier = std::find(arguments.begin() + 1, arguments.end(), more[i]);
        if (more[i].starts_with("--") && earlier != arguments.end()) {
            *(earlier + 1) = more[++i];
        } else {
            arguments.push_back(more[i]);
        }
    }
    return arguments;
}

/// The arguments of a training that takes a second: four synthetic images by twos; `more` follows.
inline Arguments tiny_training(const std::filesystem::path& out, const Arguments& more = {}) {
    Arguments arguments{"train",     "--data",       "synthetic", "--limit-train", "4", "--batch-size",
                        "2",         "--limit-test", "3",         "--epochs",      "3", "--out",
                        out.string()};
    return with_flags(std::move(arguments), more);
}

/// The names of all that is in a directory, hidden files too.
inline std::set<std::string> names_in(const std::filesystem::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) names.insert(entry.path().filename());
    return names;
}

inline const std::set<std::string> files_of_a_finished_run{"checkpoint.safetensors", "history.csv", "model.safetensors",
                                                           "plots", "report.html"};

/// history.csv without the columns that measure time.
inline std::string history_without_times(const std::filesystem::path& run) {
    std::string result;
    for (std::string line : lines_of(content_of(run / "history.csv"))) {
        for (int column = 0; column < 2; ++column) line.erase(line.rfind(','));
        result += line + '\n';
    }
    return result;
}

} // namespace tinyres_test
