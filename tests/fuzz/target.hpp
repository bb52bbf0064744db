#pragma once

#include "tinyres/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

/// What libFuzzer calls with the bytes that it makes up, and replay.cpp with those of the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tinyres_test {

/// Ends the program when something does not hold that must.
inline void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Runs `action`, which may refuse its input by an Error; that must be one line that says what to do. Returns whether
/// it was accepted.
template <class Action>
bool accepted(Action&& action) {
    try {
        action();
        return true;
    } catch (const tinyres::Error& error) {
        const std::string message = error.what();
        require(message.find('\n') == message.npos, "an error is one line");
        require(message.find("; ") != message.npos, "an error says what to do");
        return false;
    }
}

} // namespace tinyres_test
