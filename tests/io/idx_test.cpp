#include "files.hpp"

#include "tinyres/io/mnist.hpp"
#include "tinyres/io/npz.hpp"

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

/// A number of 4 bytes, the largest first.
std::string big_endian(std::size_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
    return bytes;
}

std::string idx(const std::vector<std::size_t>& shape, const std::string& content, char type = 8) {
    std::string file = "\0\0"s + type + static_cast<char>(shape.size());
    for (const std::size_t size : shape) file += big_endian(size);
    return file + content;
}

/// Two images of 2 x 3 pixels.
const std::string two_images = idx({2, 2, 3}, "abcdefABCDEF");
const std::string two_labels = idx({2}, "\x04\xFF");

struct Files {
    TemporaryDirectory directory;
    fs::path images = directory / "images";
    fs::path labels = directory / "labels";

    Files(const std::string& images_content, const std::string& labels_content) {
        put(images, images_content);
        put(labels, labels_content);
    }
    tr::Dataset load(const tr::IdxOptions& options = {}) const { return tr::load_idx(images, labels, options); }
    std::string error() const {
        return error_of([&] { static_cast<void>(load()); });
    }
};

std::string image_text(const tr::Dataset& dataset, int index) {
    const auto image = dataset.image(index);
    return {image.begin(), image.end()};
}

} // namespace

TEST_CASE("load_idx reads gray images and their labels") {
    const Files files{two_images, two_labels};
    const tr::Dataset dataset = files.load();
    CHECK(dataset.name == "images");
    CHECK(dataset.size() == 2);
    CHECK(dataset.height == 2);
    CHECK(dataset.width == 3);
    CHECK(dataset.channels == 1);
    CHECK(image_text(dataset, 0) == "abcdef");
    CHECK(image_text(dataset, 1) == "ABCDEF");
    CHECK(dataset.labels == std::vector<std::int32_t>{4, 255});
    CHECK(dataset.class_names.empty());
    dataset.validate();
}

TEST_CASE("load_idx turns EMNIST's columns into rows") {
    const tr::Dataset dataset = Files{two_images, two_labels}.load({.transposed = true});
    CHECK(dataset.height == 3);
    CHECK(dataset.width == 2);
    CHECK(image_text(dataset, 0) == "adbecf");
    CHECK(image_text(dataset, 1) == "ADBECF");
}

TEST_CASE("load_mnist reads what torchvision reads, out of gzip files") {
    const tr::Dataset dataset = tr::load_mnist(data_directory, tr::Split::test);
    CHECK(dataset.name == "MNIST");
    CHECK(dataset.size() == 40);
    CHECK(dataset.height == 28);
    CHECK(dataset.width == 28);
    CHECK(dataset.class_names.size() == 10);
    CHECK(dataset.label(37) == 7);
    tr::ZipFile archive{data_directory / "arrays_deflated.npz"};
    const tr::NpyArray dots = tr::parse_npy(archive.read(tr::detail::find_array(archive, "dots")));
    CHECK(dots.header.shape_text() == "(40, 28, 28)");
    CHECK((dots.bytes == dataset.images));

    const tr::Dataset fashion = tr::load_fashion_mnist(data_directory, tr::Split::test);
    CHECK(fashion.name == "Fashion-MNIST");
    CHECK(fashion.class_names[9] == "Ankle boot");
    CHECK((fashion.images == dataset.images));
    check_error(error_of([] { static_cast<void>(tr::load_mnist(data_directory, tr::Split::train)); }), data_directory,
                "there is no file train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz");
}

TEST_CASE("load_mnist takes files as they are and under the names of other collections, but no label above 9") {
    const TemporaryDirectory directory;
    put(directory / "train-images.idx3-ubyte", two_images);
    put(directory / "train-labels-idx1-ubyte", idx({2}, "\x09\x01"));
    CHECK(tr::load_mnist(directory.path(), tr::Split::train).label(0) == 9);
    put(directory / "train-labels-idx1-ubyte", idx({2}, "\x09\x0A"));
    check_error(error_of([&] { static_cast<void>(tr::load_mnist(directory.path(), tr::Split::train)); }),
                directory / "train-labels-idx1-ubyte", "image 1 has label 10, labels are 0 to 9");
}

TEST_CASE("IDX files that are none, damaged or of another kind are named") {
    const auto check = [](const std::string& images, const std::string& labels, bool is_labels, std::string_view part) {
        const Files files{images, labels};
        check_error(files.error(), is_labels ? files.labels : files.images, part);
    };
    check("", two_labels, false, "the file is cut short");
    check(two_images, "\0\0\x08"s, true, "the file is cut short");
    check("PNG picture", two_labels, false, "it is no IDX file: it begins with byte 80, not with 0");
    check(idx({2, 2, 3}, "", 0x0D), two_labels, false, "its numbers are floats; only unsigned bytes can be read");
    check(idx({2, 2, 3}, "", 0x42), two_labels, false, "of the unknown type 66");
    check(two_labels, two_images, false,
          "its data has 1 dimensions, but images have 3; give the file of the images first");
    check(two_images, two_images, true, "its data has 3 dimensions, but labels have 1");
    check(two_images.substr(0, 10), two_labels, false, "the file is cut short");
    check(two_images.substr(0, two_images.size() - 1), two_labels, false, "asks for 28 bytes, but there are 27");
    check(two_images + "x", two_labels, false, "asks for 28 bytes, but there are 29");
    check(idx({0xFFFF'FFFF, 0xFFFF'FFFF, 0xFFFF'FFFF}, ""), two_labels, false, "asks for more bytes than there are");
    check(idx({0xFFFF, 0xFFFF, 0xFFFF}, ""), two_labels, false, "asks for 281462092005391 bytes");
    check(idx({2, 0, 3}, ""), two_labels, false, "its images are 2 of 0 x 3 pixels");
    check(idx({0, 0xFFFF'FFFF, 0xFFFF}, ""), idx({0}, ""), false, "its images are 0 of 4294967295 x 65535 pixels");
    check(two_images, idx({3}, "abc"), true, "it has 3 labels, but ");
    const TemporaryDirectory directory;
    check_error(error_of([&] { static_cast<void>(tr::load_idx(directory / "a", directory / "b")); }), directory / "a",
                "No such file or directory");
}

TEST_CASE("every damage to a gzip file is found") {
    const std::string good = content_of(data_directory / "t10k-labels-idx1-ubyte.gz");
    const auto unpack = [](const std::string& file) {
        return tr::detail::gunzip(std::as_bytes(std::span(file)), "x.gz");
    };
    const std::vector<std::uint8_t> content = unpack(good);
    constexpr std::size_t header = 10; // holds a date and other things that may be anything
    for (std::size_t i = header; i < good.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 1 << bit);
            CAPTURE(i);
            CAPTURE(bit);
            bool same = false; // behind the last of the data there are bits of no use
            const std::string error = error_of([&] { same = unpack(bad) == content; });
            if (!same) check_error(error, "x.gz", "gunzip");
        }
    for (std::size_t length = 0; length < good.size(); ++length)
        check_error(error_of([&] { static_cast<void>(unpack(good.substr(0, length))); }), "x.gz", "gunzip");
}

TEST_CASE("gzip's optional headers are passed over") {
    // An empty file in a stored block: last block, no bytes; then checksum and size, all zeros.
    const std::string content = "\x01\x00\x00\xFF\xFF\x00\x00\x00\x00\x00\x00\x00\x00"s;
    const auto unpack = [&](char flags, const std::string& fields) {
        const std::string file = "\x1F\x8B\x08"s + flags + "\0\0\0\0\0\x03"s + fields + content;
        return error_of([&] {
            const auto unpacked = tr::detail::gunzip(std::as_bytes(std::span(file)), "x.gz");
            CHECK(unpacked.empty());
        });
    };
    CHECK(unpack(0, "") == "no error");
    CHECK(unpack(8, "name\0"s) == "no error");
    CHECK(unpack(1 + 2 + 4 + 8 + 16, "\x03\0abcname\0comment\0\x12\x34"s) == "no error");
    check_error(unpack(8, "name without an end"), "x.gz", "is damaged or cut short");
    check_error(unpack(32, ""), "x.gz", "its gzip header is damaged");
    check_error(unpack(4, "\xFF\xFF"), "x.gz", "its gzip header is damaged");
}

TEST_CASE("a gzip file that claims to be enormous takes no memory") {
    std::string file = "\x1F\x8B\x08\0\0\0\0\0\0\x03\x03\0"s + "\0\0\0\0"s + "\xFF\xFF\xFF\x7F";
    const auto error = [&] {
        return error_of([&] { static_cast<void>(tr::detail::gunzip(std::as_bytes(std::span(file)), "x.gz")); });
    };
    check_error(error(), "x.gz", "its gzip data is damaged");
    file.back() = '\xFF';
    check_error(error(), "x.gz", "gzip files above 2 GB cannot be read; unpack it with gunzip");
}
