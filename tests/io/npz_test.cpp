#include "files.hpp"

#include "tinyres/data/loader.hpp"
#include "tinyres/data/mean_and_deviation.hpp"
#include "tinyres/data/transforms/compose.hpp"
#include "tinyres/io/npz.hpp"

#include <cmath>
#include <cstdint>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace tinyres_test;
using namespace std::string_literals;
namespace fs = std::filesystem;
namespace tr = tinyres;

namespace {

const fs::path data_directory = TINYRES_TESTS_DIR "/pytorch/data";
const fs::path arrays = data_directory / "arrays.npz";
const std::vector<std::int32_t> expected_labels{2, 0, 1, 70'000, 1};

/// An array of arrays.npz as NumPy wrote it.
std::vector<std::uint8_t> npy_file(const std::string& name) {
    tr::ZipFile archive{arrays};
    return archive.read(tr::detail::find_array(archive, name));
}

std::vector<double> numbers(const std::string& name) {
    const tr::NpyArray array = tr::parse_npy(npy_file(name));
    REQUIRE(array.header.type_name() == "float64");
    std::vector<double> values;
    for (std::size_t i = 0; i < array.bytes.size() / sizeof(double); ++i) values.push_back(array.number<double>(i));
    return values;
}

template <class Set = tr::Dataset>
std::string refusal(const std::string& images, const std::string& labels = "labels") {
    return error_of([&] { static_cast<void>(tr::load_npz<Set>(arrays, {.images = images, .labels = labels})); });
}

/// What parse_npy says about a file with this header's text and `size` bytes behind it.
std::string npy_error(const std::string& header, std::size_t size = 0) {
    std::string file = "\x93NUMPY\x01\0"s + static_cast<char>(header.size()) + '\0' + header + std::string(size, 'x');
    return error_of([&] { static_cast<void>(tr::parse_npy({file.begin(), file.end()})); });
}

} // namespace

TEST_CASE("load_npz reads images and labels as NumPy wrote them") {
    const tr::Dataset dataset = tr::load_npz(arrays);
    CHECK(dataset.name == "arrays.npz");
    CHECK(dataset.size() == 5);
    CHECK(dataset.height == 4);
    CHECK(dataset.width == 6);
    CHECK(dataset.channels == 3);
    CHECK(dataset.labels == expected_labels);
    CHECK(dataset.class_names.empty());
    const std::vector<std::uint8_t> file = npy_file("images");
    CHECK((dataset.images == std::vector(file.end() - 360, file.end())));
    dataset.validate();
}

TEST_CASE("load_npz reads deflated, streamed and large archives") {
    const tr::Dataset dataset = tr::load_npz(arrays);
    for (const std::string name : {"arrays_deflated.npz", "arrays_streamed.npz", "arrays_wide.npz"}) {
        CAPTURE(name);
        const tr::Dataset other = tr::load_npz(data_directory / name);
        CHECK((other.images == dataset.images));
        CHECK(other.labels == expected_labels);
    }
}

TEST_CASE("load_npz reads images in any order and of any type of integers") {
    const tr::Dataset dataset = tr::load_npz(arrays);
    const auto load = [](const std::string& images, tr::ArrayLayout layout = tr::ArrayLayout::nhwc) {
        return tr::load_npz(arrays, {.images = images, .labels = "column", .layout = layout});
    };
    for (const std::string name : {"fortran", "int64"}) {
        CAPTURE(name);
        CHECK((load(name).images == dataset.images));
        CHECK(load(name).labels == expected_labels);
    }
    for (const std::string name : {"channels_first", "fortran_channels_first"}) {
        CAPTURE(name);
        const tr::Dataset other = load(name, tr::ArrayLayout::nchw);
        CHECK(other.height == 4);
        CHECK(other.width == 6);
        CHECK(other.channels == 3);
        CHECK((other.images == dataset.images));
    }
    const tr::Dataset misread = load("channels_first"); // the layout is not guessed
    CHECK(misread.channels == 6);
    for (const tr::ArrayLayout layout : {tr::ArrayLayout::nhwc, tr::ArrayLayout::nchw}) {
        const tr::Dataset gray = load("gray", layout);
        CHECK(gray.channels == 1);
        CHECK(gray.width == 6);
        for (std::size_t i = 0; i < gray.images.size(); ++i) CHECK(gray.images[i] == dataset.images[3 * i]);
    }
}

TEST_CASE("load_npz reads floats into a FloatDataset, which a loader takes as they are") {
    const tr::Dataset bytes = tr::load_npz(arrays);
    const std::vector<double> expected = numbers("float64");
    for (const std::string name : {"float32", "float64", "fortran_float64"}) {
        CAPTURE(name);
        const auto dataset = tr::load_npz<tr::FloatDataset>(arrays, {.images = name});
        REQUIRE(dataset.images.size() == 360);
        for (std::size_t i = 0; i < 360; ++i) CHECK(dataset.images[i] == static_cast<float>(expected[i]));
        tr::Loader loader{dataset, tr::Compose{}, {.batch_size = 3}};
        std::vector<float> read;
        for (const tr::Batch& batch : loader.epoch(0))
            read.insert(read.end(), batch.images.begin(), batch.images.end());
        CHECK((read == dataset.images));
    }
}

TEST_CASE("mean_and_deviation is NumPy's") {
    const tr::Dataset bytes = tr::load_npz(arrays);
    const auto floats = tr::load_npz<tr::FloatDataset>(arrays, {.images = "float64"});
    const std::vector<double> mean = numbers("mean"), deviation = numbers("deviation");
    for (const tr::MeanAndDeviation& found : {tr::mean_and_deviation(bytes), tr::mean_and_deviation(floats)})
        for (std::size_t channel = 0; channel < 3; ++channel) { // of floats, each rounded to 24 bits
            CHECK(std::abs(found.mean[channel] - mean[channel]) < 2e-8);
            CHECK(std::abs(found.deviation[channel] - deviation[channel]) < 2e-8);
        }
}

TEST_CASE("load_npy reads two files and wants a label for each image") {
    const TemporaryDirectory directory;
    const auto write = [&](const fs::path& path, const std::string& name) {
        const std::vector<std::uint8_t> file = npy_file(name);
        put(path, {reinterpret_cast<const char*>(file.data()), file.size()});
    };
    write(directory / "images.npy", "images");
    write(directory / "labels.npy", "labels");
    const tr::Dataset dataset = tr::load_npy(directory / "images.npy", directory / "labels.npy");
    CHECK(dataset.name == "images.npy");
    CHECK((dataset.images == tr::load_npz(arrays).images));
    CHECK(dataset.labels == expected_labels);
    write(directory / "labels.npy", "four_labels");
    check_error(error_of([&] { static_cast<void>(tr::load_npy(directory / "images.npy", directory / "labels.npy")); }),
                directory / "labels.npy", "there are 5 images, but 4 labels");
}

TEST_CASE("arrays that are no images or labels are named") {
    const auto check = [](const std::string& error, const std::string& array, std::string_view part) {
        check_error(error, arrays / (array + ".npy"), part);
    };
    check(refusal("objects"), "objects", "its elements are Python objects (dtype object)");
    check(refusal("big_endian"), "big_endian", "its numbers are big-endian (\">i4\"); save array.astype(\"<i4\")");
    check(refusal("half"), "half", "its elements are of type \"<f2\"");
    check(refusal("text"), "text", "its elements are of type \"<U3\"");
    check(refusal("records"), "records", "its elements are records of several fields");
    check(refusal("float32"), "float32", "its numbers are float32, which become no bytes; load a FloatDataset");
    check(refusal<tr::FloatDataset>("images"), "images",
          "its numbers are uint8, which become no floats; load a Dataset");
    check(refusal("above_255"), "above_255", "it holds 256, but integers in images are 0 to 255");
    check(refusal<tr::FloatDataset>("not_finite"), "not_finite", "it holds nan, which is not a finite float");
    check(refusal("labels"), "labels", "its shape is (5,), but images have three dimensions");
    check(refusal("scalar"), "scalar", "its shape is ()");
    check(refusal("no_pixels"), "no_pixels", "its shape (5, 0, 6) makes no images");
    check(refusal("images", "negative"), "negative", "image 1 has label -1, which is out of range");
    check(refusal("images", "too_large"), "too_large", "image 0 has label 2147483650, which is out of range");
    check(refusal("images", "float_labels"), "float_labels", "its numbers are float32, but labels are integers");
    check(refusal("images", "one_hot"), "one_hot", "its shape is (5, 5), but labels have one dimension");
    check(refusal("images", "four_labels"), "four_labels", "there are 5 images, but 4 labels");
    check_error(refusal("pictures"), arrays, "there is no array \"pictures\"; name one of \"images\", \"labels\", ");
}

TEST_CASE("npy files that are damaged say where") {
    const auto check = [](const std::string& error, const std::string& part) {
        CAPTURE(error);
        CHECK(holds(error, part));
        CHECK(holds(error, "; "));
    };
    const std::string shape = "'fortran_order': False, 'shape': (2, 3), }";
    CHECK(npy_error("{'descr': '<f4', " + shape, 24) == "no error");
    CHECK(npy_error("{\"shape\":(2,3),\"descr\":\"<f4\",\"fortran_order\":True}  \n", 24) == "no error");
    check(npy_error("{'descr': '<f4', " + shape, 23), "its shape (2, 3) of float32 takes 24 bytes, but there are 23");
    check(npy_error("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}"),
          "is larger than any file");
    for (const std::string header : {"", "{", "[1]", "{'descr': '<f4', 'descr': '<f4', ", "{'descr': '<f4'}",
                                     "{'descr': <f4", "{'a': 1}", "{'descr': '<f4', 'fortran_order': 1, 'shape': ()}",
                                     "{'descr': '<f4', 'fortran_order': True, 'shape': (-1,)}",
                                     "{'descr': '<f4', 'fortran_order': True, 'shape': (99999999999999999999,)}",
                                     "{'descr': '<f4', 'fortran_order': True, 'shape': (1,)} x"}) {
        CAPTURE(header);
        check(npy_error(header), "its header is not one that NumPy writes");
    }
    const auto parse = [](const std::string& file) {
        return error_of([&] { static_cast<void>(tr::parse_npy({file.begin(), file.end()})); });
    };
    check(parse(""), "it is no .npy file");
    check(parse("\x93NUMPY\x01\0\xFF\0{"s), "it is cut short");
    check(parse("\x93NUMPY\x01"s), "it is cut short");
    check(parse("\x93NUMPY\x09\0\0\0"s), "it has the unknown version 9");
}

TEST_CASE("archives that are damaged or unreadable are named") {
    const TemporaryDirectory directory;
    const fs::path file = directory / "a.npz";
    const auto error = [&](const std::string& content) {
        put(file, content);
        return error_of([&] { static_cast<void>(tr::load_npz(file)); });
    };
    check_error(error(""), file, "it is no zip archive, or cut short");
    check_error(error("PK\x05\x06"s + std::string(18, '\0')), file, "there is no array \"images\", nor any other");
    check_error(error_of([] { static_cast<void>(tr::load_npz(data_directory / "arrays_bzip2.npz")); }),
                data_directory / "arrays_bzip2.npz", "\"images.npy\" is packed by method 12");
    const std::string good = content_of(data_directory / "arrays_streamed.npz");
    REQUIRE(error(good) == "no error");
    for (std::size_t length = 0; length < good.size(); length += 7)
        check_error(error(good.substr(0, length)), file, "; ");
    std::size_t found = 0;
    for (std::size_t i = 0; i < good.size(); ++i) { // dates, versions and local headers' sizes do not matter
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 0x55);
        const std::string message = error(bad);
        if (message == "no error") continue;
        ++found;
        CHECK(message.find('\n') == message.npos);
        CHECK(holds(message, "; "));
    }
    CHECK(found > good.size() / 2);
    std::string encrypted = good;
    encrypted[good.find("PK\x01\x02") + 8] |= 1;
    check_error(error(encrypted), file, "\"images.npy\" is encrypted");
}
