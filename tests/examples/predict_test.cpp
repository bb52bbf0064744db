#include "examples/program.hpp"

#include "tinyres/data/resize.hpp"
#include "tinyres/io/png.hpp"

#include <nlohmann/json.hpp>

using namespace tinyres_test;
namespace fs = std::filesystem;
namespace tr = tinyres;

namespace {

const std::vector<std::string> shape_names{"disc",  "ring", "triangle", "square",  "frame",
                                           "cross", "star", "crescent", "stripes", "checker"};

/// A picture of no meaning.
tr::Picture some_picture(int width, int height, int seed) {
    tr::Picture picture = tr::Picture::of_size(width, height);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        picture.pixels[i] = static_cast<std::uint8_t>(i * static_cast<std::size_t>(seed) % 251);
    return picture;
}

/// A directory with the weights of a training that took a second, and a few pictures.
struct Pictures {
    TemporaryDirectory directory;
    fs::path run = directory / "run";
    std::string model = (run / "model.safetensors").string();
    std::string square = (directory / "square.png").string();
    std::string wide = (directory / "wide.png").string();

    Pictures() {
        REQUIRE(tinyres_test::run(tiny_training(run, {"--epochs", "1"})).status == 0);
        tr::write_png(square, some_picture(32, 32, 7));
        tr::write_png(wide, some_picture(300, 200, 11));
    }

    std::string file(const std::string& name, const std::string& content) const {
        put(directory / name, content);
        return (directory / name).string();
    }
};

Outcome predict(const Pictures& pictures, Arguments arguments) {
    Arguments all{"predict", "--weights", pictures.model};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run(all);
}

/// The predictions of each picture that was read, in the order of the arguments.
nlohmann::json predictions(const Pictures& pictures, Arguments arguments) {
    arguments.push_back("--json");
    return nlohmann::json::parse(predict(pictures, arguments).out).at("pictures");
}

} // namespace

TEST_CASE("predict answers with an aligned table a picture, or with all classes as JSON, which agree") {
    const Pictures pictures;
    const Outcome table = predict(pictures, {pictures.square, pictures.wide});
    CAPTURE(table.out);
    CHECK(table.status == 0);
    CHECK(table.error == "");
    const std::vector<std::string> lines = lines_of(table.out);
    REQUIRE(lines.size() == 13); // a title and five classes, twice, and a line between them
    CHECK(lines[0] == pictures.square + " (32 x 32)");
    CHECK(lines[6] == "");
    CHECK(lines[7] == pictures.wide + " (300 x 200)");
    CHECK(std::set<std::size_t>{lines[1].size(), lines[5].size(), lines[8].size(), lines[12].size()}.size() == 1);

    const Outcome outcome = predict(pictures, {pictures.square, pictures.wide, "--json"});
    CHECK(outcome.status == 0);
    const nlohmann::json document = nlohmann::json::parse(outcome.out);
    CHECK(document.at("weights") == pictures.model);
    const nlohmann::json& answers = document.at("pictures");
    REQUIRE(answers.size() == 2);
    CHECK(answers[1].at("file") == pictures.wide);
    CHECK(answers[1].at("width") == 300);
    CHECK(answers[1].at("height") == 200);
    for (std::size_t i = 0; i < 2; ++i) {
        const nlohmann::json& classes = answers[i].at("predictions");
        REQUIRE(classes.size() == 10);
        double sum = 0.0, last = 1.0;
        std::set<std::string> names;
        for (const nlohmann::json& one : classes) {
            const double probability = one.at("probability");
            CHECK(probability <= last);
            last = probability;
            sum += probability;
            const std::string name = one.at("class");
            CHECK(name == shape_names[one.at("label").get<std::size_t>()]); // of the synthetic set, which it learned
            names.insert(name);
        }
        CHECK(sum == doctest::Approx(1.0).epsilon(1e-5));
        CHECK(names.size() == 10);
        for (std::size_t k = 0; k < 5; ++k) {
            const std::string name = classes[k].at("class");
            std::array<char, 64> line{};
            std::snprintf(line.data(), line.size(), "  %-8s  %6.2f%%", name.c_str(),
                          100.0 * classes[k].at("probability").get<double>());
            CHECK(lines[7 * i + 1 + k] == line.data());
        }
    }
}

TEST_CASE("predict resizes as it says, and answers for a picture whatever else is asked") {
    const Pictures pictures;
    const tr::Picture wide = some_picture(300, 200, 11);
    const std::string cut = (pictures.directory / "cut.png").string();
    const std::string squeezed = (pictures.directory / "squeezed.png").string();
    tr::write_png(cut, tr::resize(tr::center_square(wide), 32, 32));
    tr::write_png(squeezed, tr::resize(wide, 32, 32));
    const nlohmann::json cropped = predictions(pictures, {pictures.wide, cut});
    CHECK(cropped[0].at("predictions") == cropped[1].at("predictions"));
    const nlohmann::json stretched = predictions(pictures, {"--fit", "stretch", squeezed, pictures.wide});
    CHECK(stretched[0].at("predictions") == stretched[1].at("predictions"));
    CHECK(stretched[0].at("predictions") != cropped[0].at("predictions"));
    CHECK(predictions(pictures, {pictures.wide})[0] == cropped[0]);
}

TEST_CASE("predict takes checkpoints, threads, backends and precisions as evaluate does") {
    const Pictures pictures;
    const nlohmann::json expected = predictions(pictures, {pictures.square});
    const std::string checkpoint = (pictures.run / "checkpoint.safetensors").string();
    const Outcome outcome = run({"predict", pictures.square, "--weights", checkpoint, "--json", "--threads", "2"});
    CHECK(nlohmann::json::parse(outcome.out).at("pictures") == expected);
    const nlohmann::json exact = predictions(pictures, {pictures.square, "--backend", "reference", "--norm", "bn"});
    CHECK(exact[0].at("predictions")[0].at("probability").get<double>() ==
          doctest::Approx(expected[0].at("predictions")[0].at("probability").get<double>()).epsilon(1e-3));
    CHECK(predictions(pictures, {pictures.square, "--precision", "bf16"}).size() == 1);
}

TEST_CASE("predict names every bad picture, answers for the good ones, and ends with an error") {
    const Pictures pictures;
    const std::string text = pictures.file("text.png", "no picture\n");
    const std::string empty = pictures.file("empty.jpg", "");
    const std::string cut = pictures.file("cut.png", content_of(pictures.square).substr(0, 200));
    const Outcome table = predict(pictures, {text, pictures.square, empty, "missing.bmp", cut});
    CHECK(table.status == 1);
    CHECK(lines_of(table.out).size() == 6);
    CHECK(lines_of(table.out)[0] == pictures.square + " (32 x 32)");
    const std::vector<std::string> errors = lines_of(table.error);
    REQUIRE(errors.size() == 4);
    CHECK(errors[0].starts_with("cifar10: error: cannot read " + text + ": it is not a picture; "));
    CHECK(errors[1].starts_with("cifar10: error: cannot read " + empty + ": the file is empty; "));
    CHECK(errors[2].starts_with("cifar10: error: cannot read missing.bmp: No such file"));
    CHECK(errors[3].starts_with("cifar10: error: cannot read " + cut + ": it is "));

    const Outcome json = predict(pictures, {"--json", text, pictures.square, "bytes-\xFF-that-are-no-text"});
    CHECK(json.status == 1);
    CHECK(lines_of(json.error).size() == 2);
    const nlohmann::json answers = nlohmann::json::parse(json.out).at("pictures");
    REQUIRE(answers.size() == 3);
    CHECK(answers[0].at("file") == text);
    CHECK(holds(answers[0].at("error"), "it is not a picture"));
    CHECK(!answers[0].contains("predictions"));
    CHECK(answers[1].at("predictions").size() == 10);
    CHECK(answers[2].contains("error"));

    check_refused(predict(pictures, {text}), {text, "it is not a picture"});
    CHECK(predict(pictures, {text}).out == "");
    check_refused(predict(pictures, {pictures.directory.path().string()}), {"name a file in it"});
}

TEST_CASE("predict without pictures, with bad weights or with an impossible flag ends with one line") {
    const Pictures pictures;
    check_refused(predict(pictures, {}), {"picture"});
    check_refused(run({"predict", pictures.square}), {"--weights"});
    check_refused(run({"predict", "--weights", "nothing.safetensors", pictures.square}), {"nothing.safetensors"});
    check_refused(run({"predict", "--weights", pictures.square, pictures.square}), {pictures.square, "safetensors"});
    check_refused(predict(pictures, {pictures.square, "--norm", "gn"}), {"--norm"});
    check_refused(predict(pictures, {pictures.square, "--fit", "best"}), {"--fit"});
    check_refused(predict(pictures, {pictures.square, "--threads", "-1"}), {"--threads"});
}
