#include "examples/classifier.hpp"
#include "examples/markup.hpp"

using namespace tinyres_test;

TEST_CASE("the report of two hundred classes is well-formed, of a readable size, and tells what is confused") {
    const TemporaryDirectory directory;
    const fs::path data = directory / "many";
    for (int label = 0; label < 200; ++label)
        make_class(data / ("class " + std::to_string(1000 + label) + " <of \"many\">"), label, 2);
    const fs::path out = directory / "run";
    check_done(classifier(quick_training(data, out, {"--epochs", "1", "--batch-size", "50"})));
    const std::string text = content_of(out / "report.html");
    CHECK(text.size() < 3'000'000);
    const Element page = read_markup(text);
    CHECK(page.with_id("confusion")->text.find("What is confused most often") != std::string::npos);
    CHECK(page.with_id("classes")->all("tbody").at(0)->all("tr").size() == 200);
    const Element bars = read_markup(content_of(out / "plots/class_accuracy.svg"));
    CHECK(content_of(out / "plots/confusion_matrix.svg").size() < 1'000'000);
    CHECK(text.find("the 40 of 200 classes that are recognized worst") == std::string::npos); // in the file's subtitle
    CHECK(content_of(out / "plots/class_accuracy.svg").find("the 40 of 200 classes") != std::string::npos);
}

TEST_CASE("the report of a run can be made again, without its pictures too") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory), out = directory / "run";
    check_done(classifier(quick_training(data, out)));
    const std::string before = content_of(out / "report.html");
    check_done(classifier({"report", "--out", out.string()}));
    CHECK((content_of(out / "report.html") == before));
    fs::rename(data, directory / "moved");
    check_done(classifier({"report", "--out", out.string(), "--data", (directory / "moved").string()}));
    CHECK((content_of(out / "report.html") == before));
    check_done(classifier({"report", "--out", out.string()}));
    const Element page = read_markup(content_of(out / "report.html"));
    CHECK(page.text.find("There are no images and no predictions in this report") != std::string::npos);
}
