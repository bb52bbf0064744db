#pragma once

#include <exception>
#include <functional>
#include <string>
#include <tinyres/core/error.hpp>
#include <utility>
#include <vector>

namespace example {

/// What the program is called at the beginning of its errors and notes; set by run_program.
const std::string& program_name();

/// The user, or the system, asked the program to stop.
struct Interrupted : tinyres::Error {
    Interrupted(int number, const std::string& what) : Error(what), signal(number) {}
    int signal;
};

/// Thrown when a command could not do a part of its work and has done the rest: a line for each thing that failed.
struct PartlyFailed : std::exception {
    explicit PartlyFailed(std::vector<std::string> lines) : problems(std::move(lines)) {}
    const char* what() const noexcept override { return problems.front().c_str(); }

    std::vector<std::string> problems;
};

/// Prints "NAME: note: TEXT" to standard error.
void print_note(const std::string& text);

/// Does `work` and returns the program's exit code. An exception becomes a line on standard error and a code: 1, or 128
/// and the signal's number when the user has stopped it.
int run_program(const std::string& name, const std::function<void()>& work);

} // namespace example
