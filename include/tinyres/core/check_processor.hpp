#pragma once

/// Include this in one source file of a program, best the one with main: on a processor without the instructions that
/// the file is compiled for the program then ends with one line on stderr instead of an illegal instruction.
/// tinyres.hpp leaves it out, since a program may also hold files for several processors and choose at run time.
#if defined(__x86_64__) && defined(__linux__)

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace tinyres {
namespace { // a function of each file that includes this, as each has its own flags

#define TINYRES_TEXT(text) #text
// The compiler defines `macro` as 1 if it may use these instructions; otherwise the text is the macro's name.
#define TINYRES_REQUIRE(macro, feature, name)                                                                          \
    if (TINYRES_TEXT(macro)[0] == '1' && !__builtin_cpu_supports(feature)) missing = name

/// Calls no function that a header may define, as with _FORTIFY_SOURCE it does fprintf: that is compiled like the rest.
[[gnu::constructor(101), // the first of the program's initializers
  gnu::target("arch=x86-64,no-sse3,no-avx,no-bmi,no-bmi2,no-lzcnt,no-movbe")]] // clang's `arch` keeps what native added
void check_processor() { // NOLINT(misc-definitions-in-headers): one a file is meant
    __builtin_cpu_init();
    const char* missing = nullptr; // in the end the youngest: it tells most about the machine that was meant
    TINYRES_REQUIRE(__SSE3__, "sse3", "SSE3");
    TINYRES_REQUIRE(__SSSE3__, "ssse3", "SSSE3");
    TINYRES_REQUIRE(__SSE4_1__, "sse4.1", "SSE4.1");
    TINYRES_REQUIRE(__POPCNT__, "popcnt", "POPCNT");
    TINYRES_REQUIRE(__SSE4_2__, "sse4.2", "SSE4.2");
    TINYRES_REQUIRE(__AVX__, "avx", "AVX");
    TINYRES_REQUIRE(__FMA4__, "fma4", "FMA4");
    TINYRES_REQUIRE(__XOP__, "xop", "XOP");
    TINYRES_REQUIRE(__BMI__, "bmi", "BMI");
    TINYRES_REQUIRE(__BMI2__, "bmi2", "BMI2");
    TINYRES_REQUIRE(__FMA__, "fma", "FMA");
    TINYRES_REQUIRE(__AVX2__, "avx2", "AVX2");
    TINYRES_REQUIRE(__AVX512F__, "avx512f", "AVX-512");
    TINYRES_REQUIRE(__AVX512CD__, "avx512cd", "AVX-512 CD");
    TINYRES_REQUIRE(__AVX512DQ__, "avx512dq", "AVX-512 DQ");
    TINYRES_REQUIRE(__AVX512BW__, "avx512bw", "AVX-512 BW");
    TINYRES_REQUIRE(__AVX512VL__, "avx512vl", "AVX-512 VL");
    TINYRES_REQUIRE(__AVX512IFMA__, "avx512ifma", "AVX-512 IFMA");
    TINYRES_REQUIRE(__AVX512VBMI__, "avx512vbmi", "AVX-512 VBMI");
    TINYRES_REQUIRE(__AVX512VPOPCNTDQ__, "avx512vpopcntdq", "AVX-512 VPOPCNTDQ");
    TINYRES_REQUIRE(__AVX512VNNI__, "avx512vnni", "AVX-512 VNNI");
    TINYRES_REQUIRE(__AVX512VBMI2__, "avx512vbmi2", "AVX-512 VBMI2");
    TINYRES_REQUIRE(__AVX512BITALG__, "avx512bitalg", "AVX-512 BITALG");
    TINYRES_REQUIRE(__GFNI__, "gfni", "GFNI");
    TINYRES_REQUIRE(__AVX512BF16__, "avx512bf16", "AVX-512 BF16");
    if (missing == nullptr) return;
    std::fputs(program_invocation_short_name, stderr);
    std::fputs(": error: this program was compiled for ", stderr);
    std::fputs(missing, stderr);
    std::fputs(", which this processor does not have; build it again on this machine\n", stderr);
    std::_Exit(1);
}

#undef TINYRES_REQUIRE
#undef TINYRES_TEXT

} // namespace
} // namespace tinyres

#endif
