#include "examples/classifier.hpp"
#include "io/jpeg_files.hpp"

using namespace tinyres_test;

TEST_CASE("a network that the program was compiled without is named, with the command that adds it") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory), out = directory / "run";
    check_classifier_refused(quick_training(data, out, {"--network", "resnet34", "--image-size", "160"}),
                             {"compiled without resnet34 for images of 160 x 160 pixels", "cmake -S ",
                              "-DTINYRES_CLASSIFIER_NETWORKS=", "resnet34:160", "cmake --build "});
    check_classifier_refused(quick_training(data, out, {"--image-size", "64"}),
                             {"resnet20 for images of 64 x 64 pixels"});
    check_classifier_refused(quick_training(data, out, {"--network", "resnet1"}), {"--network", "resnet18"});
    CHECK(!fs::exists(out / "checkpoint.safetensors"));
}

TEST_CASE("a class without pictures is an error, one with a single picture a note") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory);
    fs::create_directories(data / "empty");
    check_classifier_refused(quick_training(data, directory / "run"), {"--data", "class \"empty\" has no pictures"});
    make_class(data / "empty", 3, 1);
    const Outcome outcome = classifier(quick_training(data, directory / "run", {"--epochs", "1"}));
    check_done(outcome);
    CHECK(outcome.error.find("class \"empty\" has a single picture") != std::string::npos);
}

TEST_CASE("a JPEG file that is cut short is named, or left out on request") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory);
    put(data / odd_names[0] / "cut.jpg", color_jpeg.substr(0, color_jpeg.size() / 2));
    check_classifier_refused(quick_training(data, directory / "run"), {"--data", "cut.jpg"});
    const Outcome outcome = classifier(quick_training(data, directory / "run", {"--skip-unreadable", "--epochs", "1"}));
    check_done(outcome);
    CHECK(outcome.error.find("cut.jpg") != std::string::npos);
}

TEST_CASE("data of one class, none at all, and a missing folder are errors") {
    const TemporaryDirectory directory;
    make_class(directory / "one" / "only", 0, 3);
    check_classifier_refused(quick_training(directory / "one", directory / "run"), {"--data", "two classes"});
    check_classifier_refused(quick_training(directory / "nothing", directory / "run"), {"--data", "nothing"});
    check_classifier_refused({"train", "--out", (directory / "run").string()}, {"--data"});
}

TEST_CASE("values that are impossible are refused by the flag's name") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory), out = directory / "run";
    for (const Arguments& flag : {Arguments{"--epochs", "0"},
                                  {"--mixup", "-1"},
                                  {"--ema", "1"},
                                  {"--patience", "no"},
                                  {"--max-lr", "fast"},
                                  {"--batch-size", "2.5"},
                                  {"--warmup", "2"}})
        check_classifier_refused(quick_training(data, out, flag), {flag.front()});
    check_classifier_refused(quick_training(data, out, {"--recipe", "finetune"}), {"--init"});
}

TEST_CASE("weights that say nothing about a classifier, or are a checkpoint, are refused") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory), out = directory / "run";
    check_done(classifier(quick_training(data, out, {"--epochs", "1"})));
    const std::string picture = (data / odd_names[0] / "0.png").string();
    check_classifier_refused({"predict", picture, "--weights", (out / "checkpoint.safetensors").string()},
                             {"--weights", "best.safetensors"});
    put(directory / "none.safetensors", std::string("\x02\0\0\0\0\0\0\0{}", 10));
    check_classifier_refused({"predict", picture, "--weights", (directory / "none.safetensors").string()},
                             {"--weights", "does not say which classes"});
}
