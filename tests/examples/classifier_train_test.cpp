#include "examples/classifier.hpp"

#include <nlohmann/json.hpp>
#include <tinyres/io/classifier_notes.hpp>
#include <tinyres/io/weights.hpp>

using namespace tinyres_test;

namespace tr = tinyres;

namespace {

/// One training that the tests below look at.
struct Trained {
    TemporaryDirectory directory;
    fs::path data = make_odd_folder(directory);
    fs::path out = directory / "run";
    Outcome outcome = classifier(quick_training(data, out));

    std::string best() const { return (out / "best.safetensors").string(); }
};

const Trained& trained() {
    static const Trained once;
    return once;
}

} // namespace

TEST_CASE("the classifier trains on a folder of classes and leaves weights, history and report") {
    check_done(trained().outcome);
    CHECK(names_in(trained().out) == std::set<std::string>{"best.safetensors", "checkpoint.safetensors", "history.csv",
                                                           "model.safetensors", "plots", "report.html"});
    CHECK(lines_of(content_of(trained().out / "history.csv")).size() == 1 + 3);
    CHECK(lines_with(trained().outcome.out, "Validation set: Average loss: ").size() == 3);
    CHECK(trained().outcome.error.empty());
}

TEST_CASE("weights say to which classes, pictures and normalization they belong, and have an output for each class") {
    check_done(trained().outcome);
    const tr::Safetensors file = tr::Safetensors::read(trained().best());
    const std::optional<tr::ClassifierNotes> notes = tr::read_notes(file);
    REQUIRE(notes);
    CHECK(notes->network == "resnet20");
    CHECK(notes->class_names == std::vector<std::string>(odd_names.begin(), odd_names.end()));
    CHECK(notes->height == 32);
    CHECK(notes->width == 32);
    CHECK(notes->fit == "crop");
    for (const tr::NamedTensor& tensor : tr::read_tensors(file)) {
        if (tensor.name == "fc.weight") CHECK(tensor.shape == std::vector<std::int64_t>{3, 64});
        if (tensor.name == "fc.bias") CHECK(tensor.shape == std::vector<std::int64_t>{3});
    }
}

TEST_CASE("evaluate counts every picture of the split that it is asked for, by class") {
    check_done(trained().outcome);
    const fs::path predictions = trained().directory / "predictions.csv";
    const Outcome outcome = classifier({"evaluate", "--weights", trained().best(), "--data", trained().data.string(),
                                        "--split", "train", "--predictions", predictions.string()});
    check_done(outcome);
    CHECK(lines_with(outcome.out, "Training set: Average loss: ").size() == 1);
    CHECK(outcome.out.find("/18 (") != std::string::npos); // 3 classes of 8, of which 2 are validated on
    const std::vector<std::string> lines = lines_of(content_of(predictions));
    CHECK(lines.size() == 1 + 18);
    CHECK(lines.at(1).starts_with("\"blue, dark/"));
}

TEST_CASE("the best epoch that the run found is what its weights come to") {
    check_done(trained().outcome);
    const Outcome outcome = classifier({"evaluate", "--weights", trained().best(), "--data", trained().data.string()});
    check_done(outcome);
    const std::vector<std::string> again = lines_with(outcome.out, "Validation set: ");
    REQUIRE(again.size() == 1);
    const std::vector<std::string> epochs = lines_with(trained().outcome.out, "Validation set: ");
    CHECK(std::find(epochs.begin(), epochs.end(), again.front()) != epochs.end());
}

TEST_CASE("predict takes files and folders, and prints a table, JSON or CSV") {
    check_done(trained().outcome);
    const fs::path folder = trained().data / odd_names[1];
    const Outcome table = classifier({"predict", (folder / "0.png").string(), "--weights", trained().best()});
    check_done(table);
    CHECK(lines_of(table.out).size() == 1 + 3);
    CHECK(table.out.find("(24 x 20)") != std::string::npos);

    const Outcome json = classifier({"predict", folder.string(), "--weights", trained().best(), "--format", "json"});
    check_done(json);
    const auto document = nlohmann::json::parse(json.out);
    REQUIRE(document["pictures"].size() == 8);
    double sum = 0;
    for (const auto& prediction : document["pictures"][0]["predictions"])
        sum += prediction["probability"].get<double>();
    CHECK(document["pictures"][0]["predictions"].size() == 3);
    CHECK(sum == doctest::Approx(1).epsilon(1e-5));

    const fs::path out = trained().directory / "answers.csv";
    check_done(classifier(
        {"predict", folder.string(), "--weights", trained().best(), "--format", "csv", "--out", out.string()}));
    const std::vector<std::string> lines = lines_of(content_of(out));
    REQUIRE(lines.size() == 1 + 8);
    CHECK(lines[0] == "file,class,probability,\"blue, dark\",\"it's \"\"red\"\"\",\xF0\x9F\xA6\x8A fox");
}

TEST_CASE("predict names a picture that cannot be read and answers for the others") {
    check_done(trained().outcome);
    const fs::path folder = trained().directory / "some";
    fs::create_directories(folder);
    tr::write_png(folder / "good.png", colored_picture(1, 1));
    put(folder / "bad.png", "no picture");
    const Outcome outcome = classifier({"predict", folder.string(), "--weights", trained().best()});
    CHECK(outcome.status == 1);
    CHECK(outcome.error.find("bad.png") != std::string::npos);
    CHECK(outcome.out.find("good.png") != std::string::npos);
}

TEST_CASE("what export writes as safetensors starts a training on other classes, whose last layer begins anew") {
    check_done(trained().outcome);
    const fs::path weights = trained().directory / "weights.safetensors";
    check_done(
        classifier({"export", "--weights", trained().best(), "--format", "safetensors", "--out", weights.string()}));
    const fs::path two = trained().directory / "two";
    make_class(two / "a", 0, 4);
    make_class(two / "b", 1, 4);
    const Outcome outcome =
        classifier(quick_training(two, trained().directory / "tuned",
                                  {"--recipe", "finetune", "--init", weights.string(), "--frozen-epochs", "1"}));
    check_done(outcome);
    CHECK(outcome.out.find("fc.weight, fc.bias") != std::string::npos);
}

TEST_CASE("export writes a project whose network has an output for each class") {
    check_done(trained().outcome);
    const fs::path project = trained().directory / "the project";
    check_done(classifier({"export", "--weights", trained().best(), "--project", project.string(), "--name", "say"}));
    std::string all;
    for (const auto& file : fs::recursive_directory_iterator{project})
        if (file.is_regular_file()) all += content_of(file.path());
    CHECK(all.find("tr::ResNet20<tr::Image<3, 32, 32>, 3>") != std::string::npos);
    CHECK(all.find("add_executable(say ") != std::string::npos);
    check_classifier_refused(
        {"export", "--weights", trained().best(), "--project", project.string(), "--format", "onnx"}, {"--project"});
    check_classifier_refused({"export", "--weights", trained().best(), "--format", "onnx"}, {"--out"});
}

TEST_CASE("export writes a network for ONNX and a header") {
    check_done(trained().outcome);
    const fs::path onnx = trained().directory / "network.onnx", header = trained().directory / "weights.hpp";
    check_done(classifier(
        {"export", "--weights", trained().best(), "--format", "onnx", "--input", "0-255", "--out", onnx.string()}));
    CHECK(fs::file_size(onnx) > 272'474 * 4 - 7 * 65 * 4 - 20'000);
    check_done(classifier({"export", "--weights", trained().best(), "--format", "header", "--name", "my::weights",
                           "--out", header.string()}));
    CHECK(content_of(header).find("namespace my::weights {") != std::string::npos);
}
