#include "examples/markup.hpp"
#include "io/files.hpp"

#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>
#include <sys/wait.h>

using namespace tinyres_test;

namespace {

/// The example in a directory of its own, by a shell; the arguments need no quotes.
struct Features {
    TemporaryDirectory directory;

    int run(const std::string& arguments) const {
        const std::string command =
            "cd '" + (directory / "").string() + "' && '" TINYRES_FEATURES_PROGRAM "' " + arguments + " > out 2> error";
        return WEXITSTATUS(std::system(command.c_str()));
    }
    std::string content(const char* file) const { return content_of(directory / file); }
};

} // namespace

TEST_CASE("features draws the images of a synthetic set as a picture that is well-formed") {
    const Features features;
    REQUIRE(features.run("--images 40 --train-images 60 --epochs 1 --out plot.svg") == 0);
    CHECK(features.content("error") == "");
    CHECK(features.content("out").find("wrote plot.svg\n") != std::string::npos);
    CHECK(features.content("out").find("whitened 27 directions of 3x3 patches with 54 filters\n") == 0);

    const std::string svg = features.content("plot.svg");
    const Element picture = MarkupReader{svg}.read();
    CHECK(picture.name == "svg");
    CHECK(picture.text.find("Features of 40 test images") != std::string::npos);
    CHECK(picture.text.find("First principal component (") != std::string::npos);
    for (const char* name : {"disc", "checker", "class mean"}) CHECK(picture.text.find(name) != std::string::npos);
    const auto circles = picture.all("circle");
    CHECK(circles.size() == 40 + 10 + 11); // images, means, legend
    CHECK(std::ranges::none_of(circles, [](const Element* circle) {
        const double x = std::stod(circle->attributes.at("cx")), y = std::stod(circle->attributes.at("cy"));
        return !(x > 0 && x < 720 && y > 0 && y < 560);
    }));
}

TEST_CASE("features refuses what it cannot use in one line and leaves no picture") {
    const Features features;
    const auto refuses = [&](const std::string& arguments, const std::string& part) {
        CAPTURE(arguments);
        CHECK(features.run(arguments + " --train-images 20 --epochs 1") == 1);
        const std::string error = features.content("error");
        CAPTURE(error);
        CHECK(error.starts_with("features: error: "));
        CHECK(error.find(part) != std::string::npos);
        CHECK(error.find('\n') == error.size() - 1);
        CHECK(!std::filesystem::exists(features.directory / "features.svg"));
    };
    refuses("--data nowhere", "--data: CIFAR-10: there is no directory 'nowhere'");
    refuses("--images 1", "--images: one image has no variance; give 2 or more");
    refuses("--images -3", "--images");
    refuses("--weights nowhere.safetensors --images 2", "nowhere.safetensors");
    refuses("--speed 9", "--speed");
}

TEST_CASE("features explains itself") {
    const Features features;
    CHECK(features.run("--help") == 0);
    for (const char* option : {"--data", "--weights", "--images", "--out", "--epochs"})
        CHECK(features.content("out").find(option) != std::string::npos);
}
