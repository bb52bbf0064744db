#include "classifier/inspect/findings.hpp"
#include "classifier/inspect/inspect.hpp"
#include "classifier/inspect/page.hpp"
#include "examples/classifier.hpp"
#include "examples/markup.hpp"
#include "io/image_files.hpp"

#include <nlohmann/json.hpp>
#include <tinyres/data/resize.hpp>

using namespace tinyres_test;
using namespace example::inspection;

namespace {

/// A picture with enough in it to be told from others: soft blobs whose places depend on `number`.
tr::Picture blobs(int number, int width = 64, int height = 64) {
    tr::Picture small = tr::Picture::of_size(6, 6);
    std::uint32_t noise = static_cast<std::uint32_t>(number) * 7919u + 17u;
    for (std::uint8_t& value : small.pixels) {
        noise = noise * 1664525u + 1013904223u;
        value = static_cast<std::uint8_t>(noise >> 24);
    }
    return tr::resize(small, width, height);
}

fs::path folder_of(const TemporaryDirectory& directory, const std::string& name) {
    fs::create_directories(directory / name);
    return directory / name;
}

Findings inspected(const fs::path& data, int threads = 2) {
    SmallPictures none;
    return findings_of(survey_of(data, {.threads = threads}, none));
}

/// The first 33 bytes of a PNG of that size, and its last ones.
std::string huge_png() {
    const std::string whole = png_of(tr::Picture::of_size(3, 3));
    return whole.substr(0, 16) + big_endian(30000, 4) + big_endian(30000, 4) + whole.substr(24);
}

/// Classes with odd names and files that make trouble.
fs::path troubled_folder(const TemporaryDirectory& directory) {
    for (int label = 0; label < 3; ++label)
        for (int i = 0; i < 4; ++i)
            tr::write_png(folder_of(directory, odd_names[static_cast<std::size_t>(label)]) /
                              (std::to_string(i) + ".png"),
                          blobs(10 * label + i));
    tr::write_png(directory / odd_names[0] / "a \"tiny\" one \xF0\x9F\x90\x88.png", tr::Picture::of_size(1, 1));
    put(directory / odd_names[0] / "words.jpg", "these are words");
    put(directory / odd_names[1] / "huge.png", huge_png());
    put(directory / odd_names[1] / "cut.png", png_of(blobs(99)).substr(0, 500));
    put(directory / odd_names[2] / "empty.bmp", "");
    return directory.path();
}

bool has_warning(const Findings& findings, const std::string& part) {
    return std::ranges::any_of(findings.warnings, [&](const std::string& warning) { return holds(warning, part); });
}

} // namespace

TEST_CASE("inspect counts what can be read and says of the rest why not") {
    const TemporaryDirectory directory;
    const Findings findings = inspected(troubled_folder(directory));
    CHECK(findings.survey.class_names == std::vector<std::string>(odd_names.begin(), odd_names.end()));
    CHECK(findings.survey.pictures.size() == 13);
    CHECK(findings.survey.counts()[0][0] == 5);
    CHECK(findings.width.smallest == 1);
    CHECK(findings.width.median == 64);
    CHECK(findings.formats[static_cast<std::size_t>(Format::png)] == 13);
    CHECK(findings.gray == 1);
    REQUIRE(findings.survey.unreadable.size() == 4);
    const auto problem_of = [&](const std::string& name) {
        for (const Unreadable& file : findings.survey.unreadable)
            if (file.file.ends_with(name)) return file.problem;
        return std::string("it is not there");
    };
    CHECK(holds(problem_of("words.jpg"), "it is not a picture"));
    CHECK(holds(problem_of("huge.png"), "30000 x 30000 pixels are above the limit"));
    CHECK(holds(problem_of("cut.png"), "cut short"));
    CHECK(holds(problem_of("empty.bmp"), "empty"));
    CHECK(has_warning(findings, "4 files cannot be read as pictures"));
    CHECK(has_warning(findings, "3 classes have fewer than 20"));
    CHECK(findings.duplicates.empty());
}

TEST_CASE("inspect finds the same file and pictures that look alike, those across training and test first") {
    const TemporaryDirectory directory;
    for (const char* const split : {"train/cat", "train/dog", "test/cat", "test/dog"}) folder_of(directory, split);
    for (int i = 0; i < 6; ++i) {
        tr::write_png(directory / "train/cat" / (std::to_string(i) + ".png"), blobs(i));
        tr::write_png(directory / "train/dog" / (std::to_string(i) + ".png"), blobs(100 + i));
        tr::write_png(directory / "test/cat" / (std::to_string(i) + ".png"), blobs(200 + i));
        tr::write_png(directory / "test/dog" / (std::to_string(i) + ".png"), blobs(300 + i));
    }
    tr::write_png(directory / "train/dog/again.png", blobs(100));
    tr::write_png(directory / "train/dog/a cat.png", blobs(1));
    tr::write_png(directory / "test/dog/larger.png", blobs(103, 111, 111)); // the same picture in another size
    const Findings findings = inspected(directory.path());
    REQUIRE(findings.duplicates.size() == 3);
    const auto files = [&](std::size_t group) { return findings.files_of(findings.duplicates[group], 9); };
    CHECK(files(0) == "train/dog/3.png, test/dog/larger.png");
    CHECK(!findings.duplicates[0].same_bytes);
    CHECK(findings.duplicates[0].across_splits);
    CHECK(files(1) == "train/cat/1.png, train/dog/a cat.png");
    CHECK(findings.duplicates[1].across_classes);
    CHECK(findings.duplicates[1].same_bytes);
    CHECK(files(2) == "train/dog/0.png, train/dog/again.png");
    CHECK(has_warning(findings, "1 picture is in more than one of training, validation and test"));
    CHECK(has_warning(findings, "1 picture is in more than one class"));
}

TEST_CASE("Plain pictures of other colors are no duplicates") {
    const TemporaryDirectory directory;
    for (int i = 0; i < 30; ++i) {
        tr::Picture plain = tr::Picture::of_size(20, 20);
        std::ranges::fill(plain.pixels, static_cast<std::uint8_t>(8 * i));
        tr::write_png(folder_of(directory, i % 2 == 0 ? "a" : "b") / (std::to_string(i) + ".png"), plain);
    }
    CHECK(inspected(directory.path()).duplicates.empty());
}

TEST_CASE("inspect warns of unequal classes and of names that differ in case only") {
    const TemporaryDirectory directory;
    make_class(folder_of(directory, "Cat"), 0, 30);
    make_class(folder_of(directory, "cat"), 1, 3);
    const Findings findings = inspected(directory.path());
    CHECK(has_warning(findings, "the classes are unequal: \"Cat\" has 30 pictures to train on, \"cat\" has 3"));
    CHECK(has_warning(findings, "\"Cat\" and \"cat\" differ in case only"));
}

TEST_CASE("What inspect finds does not depend on the number of threads, and its JSON can be parsed") {
    const TemporaryDirectory directory;
    const fs::path data = troubled_folder(directory);
    const std::string json = as_json(inspected(data, 1));
    CHECK(json == as_json(inspected(data, 7)));
    const nlohmann::json document = nlohmann::json::parse(json);
    CHECK(document["pictures"] == 13);
    CHECK(document["classes"][1]["name"] == odd_names[1]);
    CHECK(document["classes"][1]["train"] == 4);
    CHECK(document["unreadable"].size() == 4);
}

TEST_CASE("The page of inspect is well-formed and shows pictures of each class") {
    const TemporaryDirectory directory;
    const fs::path data = troubled_folder(directory);
    tr::write_png(data / odd_names[2] / "again.png", blobs(20));
    SmallPictures sheet;
    const Findings findings =
        findings_of(survey_of(data, {.threads = 2, .shown_per_class = [](std::size_t) { return 3; }}, sheet));
    CHECK(sheet.size() == 9);
    const Element page = MarkupReader(page_of(findings, sheet, {})).read();
    CHECK(page.all("img").size() == 9);
    for (const Element* image : page.all("img"))
        CHECK(image->attributes.at("src").starts_with("data:image/jpeg;base64,"));
    CHECK(page.all("svg").size() == 2);
    for (const char* id : {"classes", "sizes", "duplicates", "unreadable", "sheet", "class-0", "class-2"})
        CHECK(page.with_id(id) != nullptr);
    CHECK(holds(page.with_id("class-1")->text, odd_names[1]));
}

TEST_CASE("The page of inspect works for 200 classes and for one picture") {
    for (const int classes : {1, 200}) {
        const TemporaryDirectory directory;
        for (int i = 0; i < classes; ++i) make_class(folder_of(directory, "class " + std::to_string(i)), i, 1);
        SmallPictures sheet;
        const Findings findings =
            findings_of(survey_of(directory.path(), {.threads = 2, .shown_per_class = shown_per_class}, sheet));
        const Element page = MarkupReader(page_of(findings, sheet, {})).read();
        CHECK(page.all("img").size() == static_cast<std::size_t>(classes));
    }
}

TEST_CASE("inspect reads a manifest, and refuses in one line what it cannot inspect") {
    const TemporaryDirectory directory;
    make_class(folder_of(directory, "here"), 0, 2);
    put(directory / "list.csv", "path,label,split\nhere/0.png,a,train\nhere/1.png,a,test\n");
    CHECK(inspected(directory / "list.csv").survey.counts()[0] == std::array{1, 0, 1});

    const auto refused = [](const example::InspectOptions& options, const fs::path& named, const std::string& part) {
        check_error(error_of([&] { example::inspect(options); }), named, part);
    };
    refused({.data = directory / "nowhere"}, directory / "nowhere", "");
    refused({.data = directory / "here"}, directory / "here", "it has no folders");
    refused({.data = directory.path(), .out = directory / "no" / "page.html"}, directory / "no" / "page.html",
            "there is no such directory");
    folder_of(directory, "closed");
    const std::string closed = in_child([&] {
        if (::chmod((directory / "closed").c_str(), 0) != 0 || ::chmod(directory.path().c_str(), 0755) != 0 ||
            !drop_privileges())
            return std::string("skipped");
        return error_of([&] { example::inspect({.data = directory.path(), .threads = 1}); });
    });
    fs::permissions(directory / "closed", fs::perms::owner_all);
    if (closed != "skipped") check_error(closed, directory / "closed", "Permission denied");
}
