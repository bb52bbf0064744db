#include "image_files.hpp"
#include "jpeg_files.hpp"

#include "tinyres/io/image_folder.hpp"

#include <algorithm>
#include <cstdint>
#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

void put_picture(const fs::path& path, int width = 3, int height = 2) {
    fs::create_directories(path.parent_path());
    tr::write_png(path, colorful_picture(width, height));
}

/// `count` pictures of a class: 0.png, 1.png, …
void put_class(const fs::path& folder, int count) {
    for (int i = 0; i < count; ++i) put_picture(folder / (std::to_string(i) + ".png"));
}

/// All pictures in the training set.
const tr::ImageFilesOptions unsplit{.validation_fraction = 0.0};

std::string load_error(const fs::path& path, const tr::ImageFilesOptions& options = unsplit) {
    return error_of([&] { tr::load_image_folder(path, options); });
}

/// A PNG that says it has this size and ends as one that is whole.
std::string png_of_size(std::uint32_t width, std::uint32_t height) {
    return "\x89PNG\r\n\x1a\n" +
           png_chunk("IHDR", big_endian(width, 4) + big_endian(height, 4) + bytes_of_hex("08 06 00 00 00")) +
           png_chunk("IDAT", "") + png_chunk("IEND", "");
}

} // namespace

TEST_CASE("Classes are folders, sorted bytewise, and files are sorted by folder and name as torchvision does it") {
    const TemporaryDirectory directory;
    for (const char* const file : {"b/10.png", "b/9.png", "b/a-b/x.png", "b/a/z.png", "b/a/c/y.png", "B/upper case.jpg",
                                   "a \"quoted\"/it's.png", "\xF0\x9F\x90\xB1/cat \xF0\x9F\x98\xBA.png", "_/1.png"})
        put_picture(directory / file);
    const tr::ImageSplits splits =
        tr::load_image_folder(directory.path(), {.validation_fraction = 0.0, .classes_by_case = true});
    // What torchvision 0.29's ImageFolder gives for these files.
    CHECK(splits.train.class_names == Names{"B", "_", "a \"quoted\"", "b", "\xF0\x9F\x90\xB1"});
    CHECK(splits.train.files == Names{"B/upper case.jpg", "_/1.png", "a \"quoted\"/it's.png", "b/10.png", "b/9.png",
                                      "b/a/z.png", "b/a-b/x.png", "b/a/c/y.png",
                                      "\xF0\x9F\x90\xB1/cat \xF0\x9F\x98\xBA.png"});
    CHECK(splits.train.labels == Labels{0, 1, 2, 3, 3, 3, 3, 3, 4});
    CHECK(splits.train.name == directory.path().filename());
    CHECK(fs::exists(splits.train.path(8)));
    CHECK(splits.validation.size() == 0);
    CHECK(splits.test.size() == 0);
    CHECK(splits.ignored.empty());
    CHECK(splits.warnings.empty());
}

TEST_CASE("A part of each class is split off for validation, by seed, at least one picture and not all") {
    const TemporaryDirectory directory;
    for (const auto& [name, count] : {std::pair{"one", 1}, {"two", 2}, {"three", 3}, {"twenty", 20}})
        put_class(directory / name, count);
    const auto load = [&](double fraction, std::uint64_t seed) {
        return tr::load_image_folder(directory.path(), {.validation_fraction = fraction, .seed = seed, .threads = 3});
    };
    const tr::ImageSplits splits = load(0.25, 1);
    CHECK(splits.train.class_names == Names{"one", "three", "twenty", "two"});
    CHECK(splits.validation.class_names == splits.train.class_names);
    const auto sizes = [](const tr::ImageFiles& files) { return tr::detail::class_sizes(files); };
    CHECK(sizes(splits.train) == std::vector{1, 2, 15, 1});
    CHECK(sizes(splits.validation) == std::vector{0, 1, 5, 1});
    CHECK(sizes(load(0.99, 1).train) == std::vector{1, 1, 1, 1});
    CHECK(sizes(load(0.001, 1).validation) == std::vector{0, 1, 1, 1});
    REQUIRE(splits.warnings.size() == 1);
    CHECK(holds(splits.warnings[0], "class \"one\" has a single picture"));

    Names all = splits.train.files;
    all.insert(all.end(), splits.validation.files.begin(), splits.validation.files.end());
    std::ranges::sort(all);
    CHECK(all.size() == 26);
    CHECK(std::ranges::adjacent_find(all) == all.end());
    CHECK(std::ranges::is_sorted(splits.validation.labels));
    CHECK(load(0.25, 1).validation.files == splits.validation.files);
    CHECK(load(0.25, 2).validation.files != splits.validation.files);

    CHECK(holds(load_error(directory.path(), {.validation_fraction = 1.0}), "give one from 0 to below 1"));
    CHECK(holds(load_error(directory.path(), {.threads = 0}), "give 1 or more"));
}

TEST_CASE("Folders train, val and test are the splits, with the class names of train") {
    const TemporaryDirectory directory;
    put_class(directory / "train/cat", 3);
    put_class(directory / "train/dog", 2);
    put_class(directory / "valid/dog", 2);
    put_class(directory / "test/cat", 1);
    put_class(directory / "unlabeled", 1);
    const tr::ImageSplits splits = tr::load_image_folder(directory.path());
    CHECK(splits.train.size() == 5);
    CHECK(splits.validation.files == Names{"valid/dog/0.png", "valid/dog/1.png"});
    CHECK(splits.validation.class_names == Names{"cat", "dog"});
    CHECK(splits.validation.labels == Labels{1, 1});
    CHECK(splits.test.labels == Labels{0});
    REQUIRE(splits.warnings.size() == 3);
    CHECK(holds(splits.warnings[0], "the folder \"unlabeled\" beside train/ is left out"));
    CHECK(holds(splits.warnings[1], "class \"cat\" has no pictures in the validation set"));
    CHECK(holds(splits.warnings[2], "class \"dog\" has no pictures in the test set"));

    put_class(directory / "test/bird", 1);
    check_error(load_error(directory.path()), directory / "test", "class \"bird\" is not among those");
    fs::remove_all(directory / "test");
    fs::rename(directory / "valid", directory / "moved");
    CHECK(tr::load_image_folder(directory.path()).validation.files.size() == 2); // one of each class of train
    put_class(directory / "val/dog", 1);
    put_class(directory / "validation/dog", 1);
    check_error(load_error(directory.path()), directory.path(), "there are both val/ and validation/");
}

TEST_CASE("A class may be called train") {
    const TemporaryDirectory directory;
    put_class(directory / "train", 2);
    put_class(directory / "car", 2);
    CHECK(tr::load_image_folder(directory.path(), unsplit).train.class_names == Names{"car", "train"});
}

TEST_CASE("Every file that is no picture or cannot be read is named with the reason") {
    const TemporaryDirectory directory;
    put_class(directory / "a", 2);
    put(directory / "a/empty.jpg", "");
    put(directory / "a/huge.png", png_of_size(30'000, 30'000));
    put(directory / "a/text.png", "a text");
    put(directory / "a/short.jpg", color_jpeg.substr(0, color_jpeg.size() - 4));
    fs::create_symlink("nowhere", directory / "a/to nowhere.png");
    put(directory / "a/webp.jpg", "RIFF....WEBPVP8 ");
    put(directory / "a/.hidden.png", "x");
    put(directory / "a/Thumbs.db", "x");
    put(directory / "README", "x");
    for (const tr::ImageCheck check : {tr::ImageCheck::header, tr::ImageCheck::decode}) {
        const std::string error = load_error(directory.path(), {.check = check});
        check_error(error, directory.path(), "6 files cannot be read as pictures: \"a/empty.jpg\" (the file is empty)");
        for (const char* const part :
             {"\"a/huge.png\" (its 30000 x 30000 pixels are above the limit of 134217728)",
              "\"a/text.png\" (it is not a picture)", "\"a/short.jpg\" (it is", "\"a/webp.jpg\" (it is a WebP picture)",
              "\"a/to nowhere.png\" (No such file or directory)", "OnUnreadable::skip"}) {
            CAPTURE(error);
            CAPTURE(std::string{part});
            CHECK(holds(error, part));
        }
        const tr::ImageSplits splits = tr::load_image_folder(
            directory.path(), {.unreadable = tr::OnUnreadable::skip, .check = check, .threads = 2});
        CHECK(splits.train.size() + splits.validation.size() == 2);
        REQUIRE(splits.unreadable.size() == 6);
        CHECK(splits.unreadable[0].path.filename() == "empty.jpg");
        check_error(splits.unreadable[0].problem, splits.unreadable[0].path, "the file is empty");
        CHECK(splits.ignored.size() == 3);
    }
    put_class(directory / "b", 0);
    fs::create_directory(directory / "b");
    check_error(load_error(directory.path(), {.unreadable = tr::OnUnreadable::skip}), directory.path(),
                "class \"b\" has no pictures that can be read");
    for (int i = 0; i < 19; ++i) put(directory / ("b/" + std::to_string(i)), "x");
    CHECK(holds(load_error(directory.path()), "25 files cannot be read as pictures"));
    CHECK(holds(load_error(directory.path()), "\"b/20\"") == false);
    CHECK(holds(load_error(directory.path()), " and 5 more; "));
}

TEST_CASE("Damage in the middle of a picture is found by decoding it alone, a cut end by the header's check, too") {
    const TemporaryDirectory directory;
    put_class(directory / "a", 1);
    tr::Picture noise = tr::Picture::of_size(60, 60);
    std::uint32_t value = 1;
    for (std::uint8_t& byte : noise.pixels)
        byte = static_cast<std::uint8_t>((value = value * 1664525 + 1013904223) >> 24);
    std::string png = png_of(noise);
    REQUIRE(png.size() > 9'000);
    put(directory / "a/cut.png", png.substr(0, png.size() - 1'100));
    CHECK(holds(load_error(directory.path()), "\"a/cut.png\" (it is damaged or cut short)"));
    put(directory / "a/cut.png", png + std::string(3'000, 'x')); // bytes behind the picture do no harm
    CHECK(load_error(directory.path()) == "no error");
    png[png.size() / 2] = static_cast<char>(png[png.size() / 2] + 1);
    put(directory / "a/cut.png", png);
    CHECK(load_error(directory.path()) == "no error");
    CHECK(holds(load_error(directory.path(), {.check = tr::ImageCheck::decode}), "it is damaged or cut short"));
}

TEST_CASE("Folders without pictures, without permission and classes that differ in case only are refused") {
    const TemporaryDirectory directory;
    check_error(load_error(directory / "missing"), directory / "missing", "check that the path is right");
    check_error(load_error(directory.path()), directory.path(), "it has no folders");
    put_class(directory / "cat", 1);
    check_error(load_error(directory / "cat/0.png"), directory / "cat/0.png", "name the directory that holds it");
    fs::create_directory(directory / "dog");
    check_error(load_error(directory.path()), directory.path(), "class \"dog\" has no picture");
    put_class(directory / "dog", 1);
    put_class(directory / "Cat", 1);
    check_error(load_error(directory.path()), directory.path(), "the classes \"Cat\" and \"cat\" differ in case only");
    CHECK(load_error(directory.path(), {.validation_fraction = 0.0, .classes_by_case = true}) == "no error");
    fs::remove_all(directory / "Cat");

    fs::create_directory_symlink("..", directory / "dog/up");
    check_error(load_error(directory.path()), directory / "dog/up", "leads back to a folder above it");
    fs::remove(directory / "dog/up");

    fs::permissions(directory.path(), fs::perms{0755});
    fs::permissions(directory / "dog", fs::perms{0});
    const std::string error =
        in_child([&]() -> std::string { return drop_privileges() ? load_error(directory.path()) : "still root"; });
    fs::permissions(directory / "dog", fs::perms{0755});
    if (error == "still root") {
        MESSAGE("skipped, because root may read everything");
        return;
    }
    check_error(error, directory / "dog", "give this user permission");
}
