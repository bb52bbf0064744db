#include "classifier/project/project.hpp"
#include "examples/classifier.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/io/classify.hpp"
#include "tinyres/io/weights.hpp"
#include "tinyres/layers/layers.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

using namespace tinyres_test;
namespace tr = tinyres;

namespace {

// The same in C++ and as text.
using Small = tr::Network<tr::Image<3, 12, 16>, tr::MaxPool<4>, tr::Flatten, tr::Linear<3>>;
constexpr const char* small_type = "tr::Network<tr::Image<3, 12, 16>, tr::MaxPool<4>, tr::Flatten, tr::Linear<3>>";

tr::ClassifierNotes small_notes() {
    return {.network = "small",
            .channels = 3,
            .height = 12,
            .width = 16,
            .mean = {0.485f, 0.456f, 0.406f},
            .deviation = {0.25f, 0.1f, 1.0f / 3},
            .class_names = {odd_names[1],
                            "back\\slash ?"
                            "?/ \n9",
                            odd_names[2]},
            .fit = "stretch"};
}

void save_small(const fs::path& path, const tr::Model<Small, tr::Reference<float>>& model) {
    std::map<std::string, std::string> metadata;
    tr::add_notes(metadata, small_notes());
    tr::save_weights(path, model, metadata);
}

example::ProjectOptions options_for(const TemporaryDirectory& directory) {
    return {.weights = directory / "w.safetensors",
            .out = directory / "the project",
            .name = "say",
            .network_type = small_type,
            .network_header = "",
            .tinyres = TINYRES_SOURCES,
            .sample_probabilities = {}};
}

int shell(const std::string& command) {
    CAPTURE(command);
    return std::system(command.c_str()); // NOLINT(cert-env33-c): the build tools' own way
}

} // namespace

TEST_CASE("A project made of weights builds, passes its test and says what the network says") {
    const TemporaryDirectory directory;
    const tr::Model<Small, tr::Reference<float>> model{tr::KaimingUniform{}, 5};
    save_small(directory / "w.safetensors", model);
    example::ProjectOptions options = options_for(directory);
    const auto guesses = tr::classify(model, small_notes(), example::project_sample());
    options.sample_probabilities.resize(guesses.size());
    for (const tr::ClassProbability& guess : guesses) options.sample_probabilities[guess.label] = guess.probability;
    example::write_project(options);

    if (shell("\"" TINYRES_CMAKE "\" --version > /dev/null 2>&1") != 0) {
        MESSAGE("skipped: there is no CMake");
        return;
    }
    const std::string project = '"' + options.out.string() + '"',
                      log = " > \"" + (directory / "log").string() + "\" 2>&1";
    const std::string build = '"' + (directory / "build").string() + '"';
    for (const std::string how : {"OFF", "ON"}) { // by .incbin, where the compiler has it, and as text
        const int configured = shell("\"" TINYRES_CMAKE "\" -S " + project + " -B " + build +
                                     " -DCMAKE_FIND_PACKAGE_PREFER_CONFIG=ON -DCMAKE_DISABLE_FIND_PACKAGE_tinyres=ON"
                                     " -DCMAKE_CXX_COMPILER=\"" TINYRES_COMPILER "\" -DCMAKE_CXX_FLAGS=\"-Wall -Wextra "
                                     "-Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror\" -DWEIGHTS_AS_TEXT=" +
                                     how + log);
        CAPTURE(content_of(directory / "log"));
        REQUIRE(configured == 0);
        const int built = shell("\"" TINYRES_CMAKE "\" --build " + build + log);
        CAPTURE(content_of(directory / "log"));
        REQUIRE(built == 0);
        const int tested = shell('"' + (directory / "build" / "test_say").string() + '"' + log);
        CAPTURE(content_of(directory / "log"));
        CHECK(tested == 0);
        CHECK(holds(content_of(directory / "log"), "3 classes, 3 compared"));
    }
    const std::string program = (directory / "build" / "say").string();
    tr::write_png(directory / "a picture.png", colored_picture(2, 1));
    const Outcome outcome =
        Program{{"--json", (directory / "a picture.png").string()}, [] { return true; }, program.c_str()}.wait();
    REQUIRE(outcome.status == 0);
    const nlohmann::json said = nlohmann::json::parse(outcome.out);
    const auto expected = tr::classify(model, small_notes(), colored_picture(2, 1));
    REQUIRE(said[0]["classes"].size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(said[0]["classes"][i]["class"] == expected[i].name);
        CHECK(said[0]["classes"][i]["probability"].get<float>() == doctest::Approx(expected[i].probability));
    }
    const Outcome failed = Program{{(directory / "none.png").string(), (directory / "a picture.png").string()},
                                   [] { return true; },
                                   program.c_str()}
                               .wait();
    CHECK(failed.status == 1);
    CHECK(failed.error.starts_with("say: cannot read "));
    CHECK(holds(failed.out, "a picture.png"));
}

TEST_CASE("A project is refused in one line, and nothing is left, where it cannot be") {
    const TemporaryDirectory directory;
    const tr::Model<Small, tr::Reference<float>> model{tr::KaimingUniform{}, 5};
    save_small(directory / "w.safetensors", model);
    example::ProjectOptions options = options_for(directory);
    const auto refused = [&](const fs::path& named, const std::string& part) {
        check_error(error_of([&] { example::write_project(options); }), named, part);
    };
    fs::create_directories(options.out);
    put(options.out / "mine.txt", "x");
    refused(options.out, "it is not empty; name a folder");
    CHECK(content_of(options.out / "mine.txt") == "x");

    options.out = directory / "other";
    options.name = "my program";
    CHECK(holds(error_of([&] { example::write_project(options); }), "cannot be called \"my program\""));
    options.name = "say";
    tr::save_weights(directory / "plain.safetensors", model);
    options.weights = directory / "plain.safetensors";
    refused(options.weights, "does not say which classes");
    options.weights = directory / "none.safetensors";
    refused(options.weights, "No such file");
    CHECK(!fs::exists(options.out));
}
