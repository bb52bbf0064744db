#include "image_files.hpp"

#include "tinyres/io/csv_reader.hpp"
#include "tinyres/io/image_manifest.hpp"

#include <cstdint>
#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

std::vector<Names> records_of(std::string_view text) {
    tr::CsvReader reader{text};
    std::vector<Names> records;
    while (const auto record = reader.next()) records.push_back(*record);
    if (!reader.problem().empty()) records.push_back({std::to_string(reader.line()), reader.problem()});
    return records;
}

const tr::ImageFilesOptions unsplit{.validation_fraction = 0.0};

} // namespace

TEST_CASE("CSV is read as RFC 4180 has it") {
    CHECK(records_of("a,b\n1,2\n") == std::vector<Names>{{"a", "b"}, {"1", "2"}});
    CHECK(records_of("a,b\r\n\r\n1,\r\n,2") == std::vector<Names>{{"a", "b"}, {"1", ""}, {"", "2"}});
    CHECK(records_of("\"a,\"\"b\"\"\",\"x\r\ny\"\n c \n") == std::vector<Names>{{"a,\"b\"", "x\r\ny"}, {" c "}});
    CHECK(records_of("\xEF\xBB\xBF\"a\"") == std::vector<Names>{{"a"}});
    CHECK(records_of("").empty());
    CHECK(records_of("\"\"") == std::vector<Names>{{""}});
    CHECK(records_of("a\n\"b\nc\"\n\"d") == std::vector<Names>{{"a"}, {"b\nc"}, {"4", "a quote that is not closed"}});
    CHECK(records_of("a\"b") == std::vector<Names>{{"1", "a quote within a field that does not begin with one"}});
    CHECK(records_of("\"a\"b") == std::vector<Names>{{"1", "text behind a quote that is closed"}});
}

TEST_CASE("A manifest lists pictures with their labels and splits, as CSV or as JSON lines") {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "in, here");
    for (const char* const name : {"a.png", "b.png", "in, here/c.png", "d.png"})
        tr::write_png(directory / name, colorful_picture(2, 3));
    const fs::path absolute = directory / "d.png";
    put(directory / "list.csv", "label,path,split,weight\r\ndog,a.png,train,1\r\ncat,b.png,val,1\r\n"
                                "dog,\"in, here/c.png\",test,1\r\ncat," +
                                    absolute.string() + ",train,1\r\n");
    put(directory / "list.jsonl", R"({"path": "a.png", "label": "dog", "split": "train"}

{"path": "b.png", "label": "cat", "split": "validation"}
{"label": "dog", "split": "test", "path": "in, here\/c.png", "more": [1, {}]}
{"label": "cat", "split": "train", "path": ")" +
                                      absolute.string() + "\"}");
    for (const char* const name : {"list.csv", "list.jsonl"}) {
        CAPTURE(std::string{name});
        const tr::ImageSplits splits = tr::load_image_manifest(directory / name);
        CHECK(splits.train.class_names == Names{"cat", "dog"});
        CHECK(splits.train.files == Names{"a.png", absolute.string()});
        CHECK(splits.train.labels == Labels{1, 0});
        CHECK(splits.train.path(0) == directory / "a.png");
        CHECK(splits.train.path(1) == absolute);
        CHECK(splits.train.name == "list");
        CHECK(splits.validation.files == Names{"b.png"});
        CHECK(splits.validation.labels == Labels{0});
        CHECK(splits.test.files == Names{"in, here/c.png"});
        const tr::ImageSplits declared =
            tr::load_image_manifest(directory / name, {"dog", "bird", "cat"}, {.unreadable = tr::OnUnreadable::skip});
        CHECK(declared.train.labels == Labels{0, 2});
        REQUIRE(!declared.warnings.empty());
        CHECK(declared.warnings[0] == "class \"bird\" has no pictures to train on");
    }
}

TEST_CASE("A manifest without splits is split; lines that are wrong are named") {
    const TemporaryDirectory directory;
    for (const char* const name : {"a.png", "b.png", "c.png"}) tr::write_png(directory / name, colorful_picture(2, 3));
    put(directory / "list.csv", "path,label\na.png,x\nb.png,x\nc.png,x\n");
    const tr::ImageSplits splits = tr::load_image_manifest(directory / "list.csv", {}, {.validation_fraction = 0.4});
    CHECK(splits.train.size() == 2);
    CHECK(splits.validation.size() == 1);

    const auto error = [&](const std::string& text, Names class_names = {}) {
        put(directory / "list", text);
        return error_of([&] { tr::load_image_manifest(directory / "list", std::move(class_names), unsplit); });
    };
    const auto refused = [&](const std::string& text, std::string_view part, Names class_names = {}) {
        check_error(error(text, std::move(class_names)), directory / "list", part);
    };
    refused("", "it is empty");
    refused("path,label\n", "it lists no pictures");
    refused("path;label\na.png;x\n", "line 1: the header has no column \"path\"");
    refused("path,path,label\n", "line 1: there are two columns \"path\"");
    refused("path,label\na.png,x\nb.png\n", "line 3: there are 1 fields, where the header has 2");
    refused("path,label\na.png,\"x\n", "line 2: a quote that is not closed");
    refused("path,label\n,x\n", "line 2: the path is empty");
    refused("path,label\na.png,\n", "line 2: the label is empty");
    refused("path,label\na.png,x\nb.png,x\na.png,x\n", "line 4: \"a.png\" is in line 2 already");
    refused("path,label,split\na.png,x,dev\n", "line 2: the split \"dev\" is unknown; use train, val or test");
    refused("path,label,split\na.png,x,train\nb.png,x,\n", "line 3: some pictures have a split and others none");
    refused("path,label\na.png,y\n", "line 2: the label \"y\" is none of the class names", {"x", "z"});
    refused("path,label,split\na.png,x,val\n", "there are no pictures to train on");
    refused("path,label\na.png,x\nb.png,X\n", "differ in case only");
    refused("path,label\na.png,x\nd.png,x\n", "1 file cannot be read as pictures: \"d.png\" (No such file");
    refused("{\"path\": \"a.png\"}\n", "line 1: \"label\" is missing or no text");
    refused("{\"path\": \"a.png\", \"label\": 3}\n", "line 1: \"label\" is missing or no text");
    refused("{\"path\": \"a.png\", \"label\": \"x\"}\n[]\n", "line 2: it is not a JSON object");
    refused("{\"path\": \"a.png\", \"label\": \"x\"", "line 1: it is not a JSON object");
    CHECK(holds(error("path,label\na.png,x\n", {"x", "x"}), "the class name \"x\" is given twice"));
    check_error(error_of([&] { tr::load_image_manifest(directory / "missing.csv"); }), directory / "missing.csv",
                "check that the path is right");
}
