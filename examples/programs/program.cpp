#include "program.hpp"

#include <csignal>
#include <cstdio>
#include <tinyres/io/file_error.hpp>

namespace example {

namespace {

std::string& name_of_program() {
    static std::string name = "program";
    return name;
}

int fail(const std::string& what, int code) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: error: %s\n", program_name().c_str(), tinyres::one_line(what).c_str());
    return code;
}

} // namespace

const std::string& program_name() {
    return name_of_program();
}

void print_note(const std::string& text) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: note: %s\n", program_name().c_str(), tinyres::one_line(text).c_str());
}

int run_program(const std::string& name, const std::function<void()>& work) {
    name_of_program() = name;
    std::signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is then an error of writing, which is told
    try {
        work();
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
            return fail("cannot write to standard output; check where it goes", 1);
    } catch (const Interrupted& error) {
        return fail(error.what(), 128 + error.signal);
    } catch (const PartlyFailed& error) {
        for (const std::string& problem : error.problems) fail(problem, 1);
        return 1;
    } catch (const std::exception& error) {
        return fail(error.what(), 1);
    }
    return 0;
}

} // namespace example
