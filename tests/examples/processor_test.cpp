#include "examples/program.hpp"

using namespace tinyres_test;

#if defined(__x86_64__)

namespace {

// As in check_processor.hpp: the compiler defines the macro of an instruction set that it may use as 1.
#define TINYRES_TEXT(text) #text
#define TINYRES_USES(macro) (TINYRES_TEXT(macro)[0] == '1')

/// Starts the program on a processor that qemu imitates and that may have less than the program is compiled for.
void check_on(const std::string& processor, bool has_less) {
    CAPTURE(processor);
    const Outcome outcome = run({}, [&] {
        ::execlp("qemu-x86_64", "qemu-x86_64", "-cpu", processor.c_str(), TINYRES_CIFAR10_PROGRAM, "summary", nullptr);
        return false; // there is no qemu
    });
    if (outcome.status == 99) {
        MESSAGE("skipped, as there is no qemu-x86_64 here; on Debian it is in the package qemu-user");
    } else if (has_less) {
        check_refused(outcome, {"this program was compiled for ", "which this processor does not have"});
        CHECK(outcome.out.empty());
    } else {
        CHECK(outcome.status == 0);
        CHECK(outcome.error.empty());
    }
}

} // namespace

TEST_CASE("on a processor without the instructions that it is compiled for the program says so and ends") {
    check_on("Conroe", TINYRES_USES(__SSE4_2__));
    check_on("Nehalem", TINYRES_USES(__AVX__));
    if (TINYRES_USES(__AVX512F__)) check_on("max,-avx512f", true); // has AVX2 where qemu knows it
}

#endif
