#include "templates.hpp"

#include <iterator>

namespace example::project {

namespace {

constexpr const char* cmake_file = R"(cmake_minimum_required(VERSION 3.25)
project(@NAME@ LANGUAGES CXX)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

set(TINYRES [==[@TINYRES@]==] CACHE STRING "The folder of tinyres' sources, or the address of an archive of them; used where tinyres is not installed")
find_package(tinyres 0.1 CONFIG QUIET COMPONENTS tinyres native io)
if(NOT tinyres_FOUND)
    if(TINYRES STREQUAL "")
        message(FATAL_ERROR "tinyres is not installed; install it, or say where its sources are: cmake -B build -DTINYRES=FOLDER")
    endif()
    include(FetchContent)
    set(TINYRES_IO ON CACHE BOOL "")
    if(IS_DIRECTORY "${TINYRES}")
        FetchContent_Declare(tinyres SOURCE_DIR "${TINYRES}")
    else()
        FetchContent_Declare(tinyres URL "${TINYRES}" DOWNLOAD_EXTRACT_TIMESTAMP TRUE)
    endif()
    FetchContent_MakeAvailable(tinyres)
endif()

# The weights are bytes in the program. The assembler takes them as they are, in no time; elsewhere they become text, which
# any compiler reads.
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND UNIX AND NOT APPLE)
    set(as_text OFF)
else()
    set(as_text ON)
endif()
option(WEIGHTS_AS_TEXT "Compile the weights as text: slower, for compilers without .incbin" ${as_text})
set(weights_file "${CMAKE_CURRENT_SOURCE_DIR}/weights.bin")
if(WEIGHTS_AS_TEXT)
    add_executable(weights_as_text weights_as_text.cpp)
    add_custom_command(OUTPUT weights_text.cpp DEPENDS weights_as_text "${weights_file}"
                       COMMAND weights_as_text "${weights_file}" weights_text.cpp VERBATIM)
    add_library(weights OBJECT "${CMAKE_CURRENT_BINARY_DIR}/weights_text.cpp")
else()
    add_library(weights OBJECT weights.cpp)
    set_source_files_properties(weights.cpp PROPERTIES OBJECT_DEPENDS "${weights_file}")
    target_include_directories(weights PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_compile_options(weights PRIVATE "SHELL:-Wa,-I\"${CMAKE_CURRENT_SOURCE_DIR}\"")
endif()

add_library(classifier OBJECT classifier.cpp)
add_executable(@NAME@ main.cpp)
add_executable(test_@NAME@ test.cpp)
foreach(target IN ITEMS classifier @NAME@ test_@NAME@)
    target_link_libraries(${target} PRIVATE tinyres::tinyres tinyres::native tinyres::io)
endforeach()
foreach(target IN ITEMS @NAME@ test_@NAME@)
    target_link_libraries(${target} PRIVATE classifier weights)
endforeach()

enable_testing()
add_test(NAME sample COMMAND test_@NAME@)
)";

constexpr const char* network_file = R"(#pragma once

#include <tinyres/tinyres.hpp>
@NETWORK_HEADER@
namespace project {

namespace tr = tinyres;

/// What the weights are of: @NETWORK@.
using Network = @NETWORK_TYPE@;

} // namespace project
)";

constexpr const char* classifier_header_file = R"(#pragma once

#include <string>
#include <tinyres/data/picture.hpp>
#include <vector>

namespace project {

/// A class that a picture may belong to, and how likely that is.
struct Guess {
    std::string name;
    float probability = 0.0f;
};

/// All classes, the likeliest first. Throws tinyres::Error when the weights are damaged.
std::vector<Guess> classify(const tinyres::Picture& picture);

} // namespace project
)";

constexpr const char* classifier_file = R"(#include "classifier.hpp"

#include "network.hpp"
#include "notes.hpp"
#include "weights.hpp"

#include <tinyres/io/classify.hpp>

namespace project {

static_assert(tr::fits<Network>(tensors), "the weights are of another network");

std::vector<Guess> classify(const tr::Picture& picture) {
    static const tr::Model<Network, tr::Cpu<>> model = [] {
        tr::Model<Network, tr::Cpu<>> loaded;
        tr::load_embedded(loaded, tensors);
        return loaded;
    }();
    static const tr::ClassifierNotes known = notes();
    std::vector<Guess> guesses;
    for (const tr::ClassProbability& guess : tr::classify(model, known, picture))
        guesses.push_back({guess.name, guess.probability});
    return guesses;
}

} // namespace project
)";

constexpr const char* main_program_file = R"(// Says what is on pictures: @NAME@ PICTURE... [--json] [--top N]
#include "classifier.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tinyres/io/image.hpp>

namespace {

constexpr const char* usage = "Usage: @NAME@ PICTURE... [--json] [--top N]\n"
                              "Prints the likeliest classes of each picture (PNG, JPEG, BMP, GIF, PGM, PPM).\n";

int fail(const std::string& problem) {
    std::fprintf(stderr, "@NAME@: %s\n", problem.c_str());
    return 1;
}

} // namespace

int main(int count, char** arguments) {
    std::vector<std::string> files;
    bool json = false, only_files = false;
    long top = 5;
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        if (only_files || !argument.starts_with('-')) {
            files.emplace_back(argument);
        } else if (argument == "--help" || argument == "-h") {
            std::fputs(usage, stdout);
            return 0;
        } else if (argument == "--json") {
            json = true;
        } else if (argument == "--top" && i + 1 < count) {
            char* end = nullptr;
            top = std::strtol(arguments[++i], &end, 10);
            if (top < 1 || *end != '\0') return fail("--top: give a number of classes, 1 or more");
        } else if (argument == "--") {
            only_files = true;
        } else {
            return fail("there is no flag " + std::string(argument) + "; --help lists them");
        }
    }
    if (files.empty()) return fail("give the names of pictures; --help says more");

    int failed = 0;
    nlohmann::ordered_json document = nlohmann::ordered_json::array();
    for (const std::string& file : files) {
        nlohmann::ordered_json entry{{"file", file}};
        try {
            std::vector<project::Guess> guesses = project::classify(tinyres::read_image(file));
            if (static_cast<std::size_t>(top) < guesses.size()) guesses.resize(static_cast<std::size_t>(top));
            if (!json) std::printf("%s\n", file.c_str());
            for (const project::Guess& guess : guesses) {
                entry["classes"].push_back({{"class", guess.name}, {"probability", guess.probability}});
                if (!json) std::printf("  %6.2f%%  %s\n", 100.0 * static_cast<double>(guess.probability), guess.name.c_str());
            }
        } catch (const tinyres::Error& error) {
            entry["error"] = error.what();
            failed = fail(error.what());
        }
        document.push_back(std::move(entry));
    }
    if (json)
        std::printf("%s\n", document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return failed;
}
)";

constexpr const char* test_program_file =
    R"(// Classifies the picture in sample.hpp, and compares what comes of it with what the network said when it was exported.
#include "classifier.hpp"
#include "sample.hpp"

#include <cmath>
#include <cstdio>
#include <map>
#include <span>
#include <tinyres/io/image.hpp>

int main() {
    std::map<std::string, float> found;
    double sum = 0.0;
    for (const project::Guess& guess :
         project::classify(tinyres::decode_image(std::as_bytes(std::span(sample::png, sizeof sample::png - 1))))) {
        found[guess.name] = guess.probability;
        sum += static_cast<double>(guess.probability);
    }
    if (!(std::abs(sum - 1.0) < 1e-3)) {
        std::printf("the probabilities sum to %g, not to 1\n", sum);
        return 1;
    }
    for (const auto& [name, probability] : sample::expected)
        if (!found.contains(name) || !(std::abs(found[name] - probability) < @TOLERANCE@f)) {
            std::printf("%s: %g, not %g\n", name.c_str(), static_cast<double>(found[name]), static_cast<double>(probability));
            return 1;
        }
    std::printf("%zu classes, %zu compared\n", found.size(), sample::expected.size());
    return found.empty() ? 1 : 0;
}
)";

constexpr const char* weights_file =
    R"(// The bytes of weights.bin in the program, and a zero behind them as if they were text.
asm(".section .rodata\n"
    ".globl project_weights\n"
    ".type project_weights, @object\n"
    ".balign 64\n"
    "project_weights:\n"
    ".incbin \"weights.bin\"\n"
    ".byte 0\n"
    ".size project_weights, . - project_weights\n"
    ".section .note.GNU-stack,\"\",@progbits\n"
    ".text\n");
)";

constexpr const char* weights_as_text_file =
    R"(// Writes a file's bytes as C++, for compilers that cannot take the file itself: weights_as_text FILE OUT.cpp
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

int main(int count, char** arguments) {
    if (count != 3) return 1;
    std::ifstream file(arguments[1], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::string text = "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n"
                       "extern \"C\" const char project_weights[" + std::to_string(bytes.size() + 1) + "];\n"
                       "const char project_weights[] =\n\"";
    int column = 0;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += '\\';
        for (int shift = 6; shift >= 0; shift -= 3) text += static_cast<char>('0' + (byte >> shift & 7));
        if (++column % 28 == 0) text += "\"\n\"";
    }
    text += "\";\n";
    std::ofstream out(arguments[2], std::ios::binary);
    out << text;
    out.close();
    if (!file || !out || bytes.empty()) {
        std::cerr << "weights_as_text: cannot turn " << arguments[1] << " into " << arguments[2] << '\n';
        return 1;
    }
    return 0;
}
)";

constexpr const char* readme_file = R"(# @NAME@

Classifies pictures by a @NETWORK@ of tinyres that takes @SIZE@ pixels. The weights (@MEGABYTES@ MB) are in the program.

```sh
cmake -B build && cmake --build build
build/@NAME@ photo.jpg
```

tinyres is found where it is installed; else add `-DTINYRES=FOLDER` (or an archive's address) to the first `cmake`. `ctest --test-dir build` classifies a picture and compares the result with that of the
program that wrote this project. `--json` prints for programs, `--top N` sets how many classes are shown.

| file | holds |
|---|---|
| `network.hpp` | the network, a type |
| `notes.hpp` | how a picture becomes the network's input, and the classes' names |
| `weights.bin`, `weights.hpp` | the weights' bytes, and which tensor lies where |
| `weights.cpp` | takes the bytes into the program by `.incbin`; where the compiler has none (or with `-DWEIGHTS_AS_TEXT=ON`) `weights_as_text.cpp` turns them into C++ |
| `classifier.hpp` | `project::classify(picture)`, for other programs |

The classes: @CLASSES@.
)";

} // namespace

const Template templates[] = {
    {"CMakeLists.txt", cmake_file},      {"network.hpp", network_file},   {"classifier.hpp", classifier_header_file},
    {"classifier.cpp", classifier_file}, {"main.cpp", main_program_file}, {"test.cpp", test_program_file},
    {"weights.cpp", weights_file},       {"README.md", readme_file},      {"weights_as_text.cpp", weights_as_text_file},
};
const std::size_t template_count = std::size(templates);

std::string filled_in(std::string text, const std::map<std::string, std::string>& values) {
    for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at)) {
        const std::size_t end = text.find('@', at + 1);
        const auto value = values.find(end == std::string::npos ? "" : text.substr(at + 1, end - at - 1));
        if (value == values.end()) {
            ++at;
            continue;
        }
        text.replace(at, end - at + 1, value->second);
        at += value->second.size();
    }
    return text;
}

} // namespace example::project
