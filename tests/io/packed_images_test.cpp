#include "image_files.hpp"
#include "jpeg_files.hpp"

#include "tinyres/data/dataset.hpp"
#include "tinyres/data/loader.hpp"
#include "tinyres/data/transforms/center_crop.hpp"
#include "tinyres/data/transforms/compose.hpp"
#include "tinyres/data/transforms/flip_lr.hpp"
#include "tinyres/data/transforms/resize.hpp"
#include "tinyres/io/image_folder.hpp"
#include "tinyres/io/pack_images.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <doctest/doctest.h>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tr = tinyres;
using namespace tinyres_test;
namespace fs = std::filesystem;

namespace {

/// What the tests need of a picture transform, so that one type is compiled for all of them.
using PictureFunction = std::function<tr::Picture(const tr::Picture&, tr::RandomStream&)>;
using Images = tr::DecodedImages<PictureFunction>;

const PictureFunction resize_and_crop = tr::Compose{tr::Resize{10}, tr::CenterCrop{8, 6}};

/// A folder of 2 classes with 13 pictures of several sizes.
void put_pictures(const fs::path& folder) {
    for (int i = 0; i < 13; ++i) {
        const fs::path path = folder / (i % 3 == 0 ? "cat" : "dog") / (std::to_string(i) + ".png");
        fs::create_directories(path.parent_path());
        tr::write_png(path, colorful_picture(20 + 3 * i, 40 - 2 * i));
    }
}

tr::ImageFiles files_of(const fs::path& folder) {
    return tr::load_image_folder(folder, {.unreadable = tr::OnUnreadable::skip, .validation_fraction = 0.0}).train;
}

Images images_of(const fs::path& folder, PictureFunction transform = resize_and_crop, int channels = 3) {
    return {files_of(folder), std::move(transform), {.height = 8, .width = 6, .channels = channels}};
}

/// The images as a Dataset that holds them in memory.
tr::Dataset in_memory(const Images& images) {
    tr::Dataset dataset{.name = images.name,
                        .height = images.height,
                        .width = images.width,
                        .channels = images.channels,
                        .class_names = images.class_names};
    tr::RandomStream random{{}};
    for (int i = 0; i < images.size(); ++i) {
        const std::vector<std::uint8_t> bytes = images.read_bytes(i, random);
        dataset.images.insert(dataset.images.end(), bytes.begin(), bytes.end());
        dataset.labels.push_back(images.label(i));
    }
    return dataset;
}

/// All that a loader gives in two epochs.
template <class Set>
std::vector<float> batches_of(const Set& set, int threads) {
    tr::Loader loader{set, tr::FlipLR{}, {.batch_size = 4, .shuffle = true, .seed = 5, .threads = threads}};
    std::vector<float> values;
    for (int epoch = 0; epoch < 2; ++epoch)
        for (const tr::Batch& batch : loader.epoch(epoch)) {
            values.insert(values.end(), batch.images.begin(), batch.images.end());
            for (const std::int32_t label : batch.labels) values.push_back(static_cast<float>(label));
        }
    return values;
}

} // namespace

TEST_CASE("Pictures are decoded, resized and cropped by the loader's threads as in memory, in color and in gray") {
    const TemporaryDirectory directory;
    put_pictures(directory.path());
    for (const int channels : {3, 1}) {
        const Images images = images_of(directory.path(), resize_and_crop, channels);
        CHECK(images.size() == 13);
        CHECK(images.class_names == std::vector<std::string>{"cat", "dog"});
        const tr::Dataset dataset = in_memory(images);
        const std::vector<float> expected = batches_of(dataset, 1);
        CHECK(expected.size() == 2 * 13 * (static_cast<std::size_t>(8 * 6 * channels) + 1));
        CHECK(batches_of(images, 1) == expected);
        CHECK(batches_of(images, 4) == expected);

        tr::RandomStream random{{}};
        const tr::Picture by_hand = tr::crop(tr::resize(tr::read_image(images.files().path(0)), 10, 20),
                                             {.left = 2, .top = 6, .width = 6, .height = 8});
        CHECK(images.read_bytes(0, random) == (channels == 3 ? by_hand.pixels : tr::luminance(by_hand)));
    }
}

TEST_CASE("What cannot be decoded or has another size reaches the caller and names the file") {
    const TemporaryDirectory directory;
    put_pictures(directory.path());
    const Images images = images_of(directory.path(), tr::Resize{8});
    check_error(error_of([&] { batches_of(images, 2); }), directory.path(), "not 8 x 6; end it with a crop");
    const Images damaged = images_of(directory.path());
    put(directory / "dog/4.png", "x");
    check_error(error_of([&] { batches_of(damaged, 2); }), directory / "dog/4.png", "it is not a picture");
    CHECK(holds(error_of([&] { images_of(directory.path(), resize_and_crop, 2); }), "1 or 3 channels"));
}

TEST_CASE("Packed images are those that were decoded, for any number of threads, and give a Dataset's batches") {
    const TemporaryDirectory directory;
    put_pictures(directory / "pictures");
    const Images images = images_of(directory / "pictures");
    std::vector<std::pair<int, int>> seen;
    const tr::PackReport report =
        tr::pack_images(images, directory / "a.pack", {}, [&](int done, int size) { seen.emplace_back(done, size); });
    CHECK(report.images == 13);
    CHECK(report.decoded == 13);
    CHECK(report.unreadable.empty());
    REQUIRE(seen.size() == 13);
    CHECK(seen.back() == std::pair{13, 13});
    tr::pack_images(images, directory / "b.pack", {.threads = 4});
    CHECK(content_of(directory / "a.pack") == content_of(directory / "b.pack"));
    CHECK(directory.entries() == std::set<std::string>{"a.pack", "b.pack", "pictures"});

    const tr::PackedImages packed{directory / "a.pack"};
    packed.verify();
    CHECK(packed.name == "pictures");
    CHECK(packed.class_names == images.class_names);
    CHECK(packed.source() == tr::source_fingerprint(images));
    const tr::Dataset dataset = in_memory(images);
    for (int i = 0; i < 13; ++i) CHECK(std::ranges::equal(packed.image(i), dataset.image(i)));
    CHECK(batches_of(packed, 3) == batches_of(dataset, 1));
}

TEST_CASE("Packing again does nothing, unless files, the transform or the seed are others") {
    const TemporaryDirectory directory;
    put_pictures(directory / "pictures");
    const fs::path file = directory / "a.pack";
    const auto decoded = [&](const Images& images, const tr::PackOptions& options = {}) {
        return tr::pack_images(images, file, options).decoded;
    };
    CHECK(decoded(images_of(directory / "pictures")) == 13);
    CHECK(decoded(images_of(directory / "pictures")) == 0);
    CHECK(decoded(images_of(directory / "pictures"), {.seed = 1}) == 13);
    CHECK(decoded(images_of(directory / "pictures", tr::Compose{tr::Resize{11}, tr::CenterCrop{8, 6}})) == 13);
    CHECK(decoded(images_of(directory / "pictures", resize_and_crop, 1)) == 13);
    fs::last_write_time(directory / "pictures/cat/3.png", fs::file_time_type::clock::now() + std::chrono::hours{1});
    CHECK(decoded(images_of(directory / "pictures", resize_and_crop, 1)) == 13);
    put(directory / "pictures/cat/x.png", png_of(colorful_picture(30, 30)));
    CHECK(decoded(images_of(directory / "pictures", resize_and_crop, 1)) == 14);

    put(file, "something else");
    check_error(error_of([&] { decoded(images_of(directory / "pictures")); }), file, "not packed images");
    CHECK(content_of(file) == "something else");
}

TEST_CASE("A run that is killed goes on where it stopped, with the same result") {
    const TemporaryDirectory directory;
    put_pictures(directory / "pictures");
    tr::pack_images(images_of(directory / "pictures"), directory / "whole.pack");
    const fs::path file = directory / "a.pack";
    const ::pid_t child = ::fork();
    if (child == 0) {
        int calls = -1; // the first is for the fingerprint
        const auto deadly = [&](const tr::Picture& picture, tr::RandomStream& random) {
            if (++calls == 8) ::kill(::getpid(), SIGKILL);
            return resize_and_crop(picture, random);
        };
        tr::pack_images(images_of(directory / "pictures", std::ref(deadly)), file);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGKILL);
    CHECK(directory.entries() == std::set<std::string>{"a.pack.partial", "pictures", "whole.pack"});

    // Of the seven images that were written, one loses a byte.
    std::string partial = content_of(directory / "a.pack.partial");
    const std::size_t third = partial.size() - 5 * 8 * 6 * 3 + 7;
    partial[third] = static_cast<char>(partial[third] + 1);
    put(directory / "a.pack.partial", partial);
    const tr::PackReport report = tr::pack_images(images_of(directory / "pictures"), file, {.threads = 2});
    CHECK(report.images == 13);
    CHECK(report.decoded == 7);
    CHECK(content_of(file) == content_of(directory / "whole.pack"));
    CHECK(directory.entries() == std::set<std::string>{"a.pack", "pictures", "whole.pack"});

    // What a run with other images has left is not gone on with.
    fs::rename(file, directory / "a.pack.partial");
    CHECK(tr::pack_images(images_of(directory / "pictures"), file, {.seed = 9}).decoded == 13);
}

TEST_CASE("Pictures that cannot be decoded are listed, or left out of the packed file") {
    const TemporaryDirectory directory;
    put_pictures(directory / "pictures");
    std::string png = png_of(colorful_picture(60, 60));
    png[png.size() / 2] = static_cast<char>(png[png.size() / 2] + 1);
    put(directory / "pictures/dog/99.png", png); // the last one
    put(directory / "pictures/cat/1.png", png);
    const Images images = images_of(directory / "pictures");
    REQUIRE(images.size() == 15);
    const fs::path file = directory / "a.pack";
    const std::string error = error_of([&] { tr::pack_images(images, file); });
    check_error(error, directory / "pictures", "2 files cannot be read as pictures: \"cat/1.png\" (it is damaged");
    CHECK(holds(error, "\"dog/99.png\""));
    CHECK(!fs::exists(file));
    const tr::PackReport report = tr::pack_images(images, file, {.unreadable = tr::OnUnreadable::skip});
    CHECK(report.images == 13);
    CHECK(report.decoded == 0); // the run before decoded all that can be
    CHECK(report.unreadable.size() == 2);
    CHECK(tr::pack_images(images, file, {.unreadable = tr::OnUnreadable::skip}).images == 13);
    const tr::PackedImages packed{file};
    packed.verify();
    CHECK(packed.size() == 13);
    fs::remove(directory / "pictures/cat/1.png");
    fs::remove(directory / "pictures/dog/99.png");
    CHECK(batches_of(packed, 2) == batches_of(in_memory(images_of(directory / "pictures")), 1));
}

TEST_CASE("A disk that fills up is one error, after which packing goes on") {
    const TemporaryDirectory directory;
    put_pictures(directory / "pictures");
    const fs::path file = directory / "a.pack";
    const std::string error = in_child([&]() -> std::string {
        std::signal(SIGXFSZ, SIG_IGN);
        const ::rlimit limit{8'192 + 1'000, 8'192 + 1'000}; // header, records and six images
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "cannot set the limit";
        return error_of([&] { tr::pack_images(images_of(directory / "pictures"), file, {.threads = 3}); });
    });
    check_error(error, file, "File too large");
    CHECK(!fs::exists(file));
    CHECK(tr::pack_images(images_of(directory / "pictures"), file).decoded < 10);
    tr::PackedImages{file}.verify();
    CHECK(holds(error_of([&] { tr::pack_images(images_of(directory / "pictures"), directory / "no/where"); }),
                "make the directory first"));
}

TEST_CASE(
    "Damage of a packed file is found: in the header and the labels when it is opened, in images when they are read") {
    const TemporaryDirectory directory;
    put_pictures(directory / "pictures");
    const fs::path file = directory / "a.pack";
    tr::pack_images(images_of(directory / "pictures"), file);
    const std::string whole = content_of(file);
    REQUIRE(whole.size() == 8'192 + 13 * 8 * 6 * 3);
    const auto error_with = [&](std::size_t place, char value) {
        std::string bytes = whole;
        bytes[place] = value;
        put(file, bytes);
        return error_of([&] { tr::PackedImages{file}.verify(); });
    };
    check_error(error_with(0, 'T'), file, "it is no file of packed images");
    check_error(error_with(24, '\xFF'), file, "its header is damaged");
    check_error(error_with(30, '\x7F'), file, "it is cut short or damaged");
    check_error(error_with(45, '\0'), file, "its header is damaged");
    check_error(error_with(4'096, '\x02'), file, "image 0 has label 2 of 2 classes");
    check_error(error_with(4'096, '\x01'), file, "image 0 is damaged");
    check_error(error_with(4'096 + 5, '\x01'), file, "image 0 is damaged");
    check_error(error_with(whole.size() - 1, static_cast<char>(whole.back() + 1)), file, "image 12 is damaged");
    put(file, whole.substr(0, whole.size() - 1));
    check_error(error_of([&] { tr::PackedImages{file}; }), file, "it is cut short");
    put(file, whole + 'x');
    check_error(error_of([&] { tr::PackedImages{file}; }), file, "it is too long");
    put(file, "");
    check_error(error_of([&] { tr::PackedImages{file}; }), file, "the file is empty");
}
