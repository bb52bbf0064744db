#include "tinyres/core/threads.hpp"

#include "io/files.hpp"

#include <doctest/doctest.h>
#include <string>
#include <sys/resource.h>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE("Threads that can be started are no error, and those beyond the system's limit are one that names it") {
    CHECK(error_of([] { tr::require_threads(3, "three threads"); }) == "no error");
    const auto error_beyond_the_limit = [](int count) {
        return in_child([&]() -> std::string {
            const ::rlimit limit{1, 1};
            if (!drop_privileges() || ::setrlimit(RLIMIT_NPROC, &limit) != 0) return "the limit cannot be set";
            return error_of([&] { tr::require_threads(count, "the 4 threads that compute"); });
        });
    };
    CHECK(error_beyond_the_limit(0) == "no error");
    const std::string error = error_beyond_the_limit(1);
    CAPTURE(error);
    CHECK(holds(error, "cannot start the 4 threads that compute: "));
    CHECK(holds(error, "ulimit -u"));
    CHECK(holds(error, "pids.max"));
}
