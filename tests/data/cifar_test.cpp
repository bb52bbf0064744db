#include "io/files.hpp"
#include "tinyres/data/cifar10.hpp"
#include "tinyres/data/cifar100.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace fs = std::filesystem;
namespace tr = tinyres;
using tinyres_test::TemporaryDirectory;

namespace {

constexpr std::uintmax_t official_size = 30'730'000;
const std::array<std::string, 6> data_files{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                            "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};

void write_text(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

/// A file of `bytes` zeros, which is ten thousand black images of class 0 when it has the official size.
void write_zeros(const fs::path& file, std::uintmax_t bytes) {
    write_text(file, "");
    fs::resize_file(file, bytes);
}

void write_byte(const fs::path& file, std::uintmax_t place, std::uint8_t value) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(place));
    stream.put(static_cast<char>(value));
}

constexpr std::uintmax_t record(std::uintmax_t number) {
    return number * 3073;
}

void write_official_layout(const fs::path& directory) {
    write_text(directory / "batches.meta.txt",
               "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
    for (const std::string& file : data_files) write_zeros(directory / file, official_size);
}

/// What load_cifar10 says about the directory; empty when it loads it.
std::string complaint(const fs::path& directory, tr::Split split = tr::Split::test) {
    try {
        static_cast<void>(tr::load_cifar10(directory, split));
    } catch (const tr::Error& error) {
        return error.what();
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// One line that names the file and says more.
void check_complaint(const std::string& text, const fs::path& file, const std::string& reason) {
    INFO(text);
    CHECK(contains(text, "'" + file.string() + "'"));
    CHECK(contains(text, reason));
    CHECK_FALSE(contains(text, "\n"));
    CHECK(contains(text, ";")); // what to do comes after it
}

/// Files without permission can be read by the superuser all the same; this one gives that up for a while.
struct OrdinaryUser {
    bool was_root = ::geteuid() == 0;
    OrdinaryUser() {
        if (was_root) REQUIRE(::seteuid(65534) == 0);
    }
    ~OrdinaryUser() {
        if (was_root && ::seteuid(0) != 0) std::abort();
    }
    OrdinaryUser(const OrdinaryUser&) = delete;
    OrdinaryUser& operator=(const OrdinaryUser&) = delete;
};

} // namespace

TEST_CASE("load_cifar10 turns planes into pixels and keeps the records' order") {
    TemporaryDirectory directory;
    write_official_layout(directory.path());
    const fs::path file = directory.path() / "test_batch.bin";
    write_byte(file, record(1), 9);
    write_byte(file, record(1) + 1 + 0 * 1024 + 5 * 32 + 7, 11); // red at row 5, column 7
    write_byte(file, record(1) + 1 + 1 * 1024 + 5 * 32 + 7, 22);
    write_byte(file, record(1) + 1 + 2 * 1024 + 5 * 32 + 7, 33);
    write_byte(file, record(9999), 3);
    write_byte(file, record(9999) + 3072, 255); // the last byte of all

    const tr::Dataset dataset = tr::load_cifar10(directory.path(), tr::Split::test);
    CHECK(dataset.name == "CIFAR-10");
    CHECK_FALSE(dataset.synthetic);
    CHECK(dataset.size() == 10'000);
    CHECK(dataset.height == 32);
    CHECK(dataset.width == 32);
    CHECK(dataset.channels == 3);
    CHECK(dataset.images.size() == 10'000u * 3072u);
    REQUIRE(dataset.class_names.size() == 10);
    CHECK(dataset.class_names.front() == "airplane");
    CHECK(dataset.class_names.back() == "truck");
    CHECK(dataset.labels[0] == 0);
    CHECK(dataset.labels[1] == 9);
    CHECK(dataset.labels[9999] == 3);
    const std::size_t pixel = (5 * 32 + 7) * 3;
    CHECK(dataset.image(1)[pixel + 0] == 11);
    CHECK(dataset.image(1)[pixel + 1] == 22);
    CHECK(dataset.image(1)[pixel + 2] == 33);
    CHECK(dataset.image(9999)[3071] == 255);
    CHECK(std::count(dataset.images.begin(), dataset.images.end(), 0) == 10'000 * 3072 - 4);
}

TEST_CASE("load_cifar10 reads the five training files one after the other, also from the unpacked archive's folder") {
    TemporaryDirectory directory;
    const fs::path folder = directory.path() / "cifar-10-batches-bin";
    fs::create_directory(folder);
    write_official_layout(folder);
    for (std::size_t i = 0; i < 5; ++i)
        write_byte(folder / data_files[i], record(17), static_cast<std::uint8_t>(i + 1));

    const tr::Dataset dataset = tr::load_cifar10(directory.path(), tr::Split::train);
    CHECK(dataset.size() == 50'000);
    CHECK(dataset.images.size() == 50'000u * 3072u);
    for (std::size_t i = 0; i < 5; ++i) CHECK(dataset.labels[i * 10'000 + 17] == i + 1);
    CHECK(std::count(dataset.labels.begin(), dataset.labels.end(), 0) == 50'000 - 5);
}

TEST_CASE("load_cifar10 accepts class names with Windows line ends") {
    TemporaryDirectory directory;
    write_official_layout(directory.path());
    write_text(directory.path() / "batches.meta.txt", "a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\ni\r\nj\r\n");
    CHECK(tr::load_cifar10(directory.path(), tr::Split::test).class_names.back() == "j");
}

TEST_CASE("load_cifar10 names a directory that is missing or none") {
    TemporaryDirectory directory;
    check_complaint(complaint(directory.path() / "nowhere"), directory.path() / "nowhere", "there is no directory");
    write_text(directory.path() / "file", "x");
    check_complaint(complaint(directory.path() / "file"), directory.path() / "file", "is not a directory");
}

TEST_CASE("load_cifar10 names each missing file") {
    for (const std::string& file : data_files) {
        TemporaryDirectory directory;
        write_official_layout(directory.path());
        fs::remove(directory.path() / file);
        const tr::Split split = file == "test_batch.bin" ? tr::Split::test : tr::Split::train;
        check_complaint(complaint(directory.path(), split), directory.path() / file, "is missing");
    }
    TemporaryDirectory directory;
    check_complaint(complaint(directory.path()), directory.path() / "batches.meta.txt", "is missing");
}

TEST_CASE("load_cifar10 takes the official size only") {
    TemporaryDirectory directory;
    write_official_layout(directory.path());
    const fs::path test = directory.path() / "test_batch.bin";
    write_zeros(test, 0);
    check_complaint(complaint(directory.path()), test, "is empty");
    write_zeros(test, official_size - 1);
    check_complaint(complaint(directory.path()), test, "is cut short (30729999 bytes)");
    write_zeros(test, official_size - 3073);
    check_complaint(complaint(directory.path()), test, "is cut short");
    write_zeros(test, official_size + 1);
    check_complaint(complaint(directory.path()), test, "is too long (30730001 bytes)");
    const fs::path train = directory.path() / "data_batch_2.bin";
    write_zeros(train, 1);
    check_complaint(complaint(directory.path(), tr::Split::train), train, "is cut short (1 bytes)");
}

TEST_CASE("load_cifar10 names the record whose label is above 9") {
    TemporaryDirectory directory;
    write_official_layout(directory.path());
    const fs::path test = directory.path() / "test_batch.bin";
    write_byte(test, record(1234), 10);
    check_complaint(complaint(directory.path()), test, "label 10 in record 1234");
    write_byte(test, record(0), 255);
    check_complaint(complaint(directory.path()), test, "label 255 in record 0");
}

TEST_CASE("load_cifar10 refuses directories and pipes in place of files") {
    TemporaryDirectory directory;
    write_official_layout(directory.path());
    const fs::path test = directory.path() / "test_batch.bin";
    fs::remove(test);
    fs::create_directory(test);
    check_complaint(complaint(directory.path()), test, "is a directory");
    fs::remove(test);
    REQUIRE(::mkfifo(test.c_str(), 0600) == 0);
    check_complaint(complaint(directory.path()), test, "is not a regular file");
}

TEST_CASE("load_cifar10 wants ten class names") {
    TemporaryDirectory directory;
    write_official_layout(directory.path());
    const fs::path meta = directory.path() / "batches.meta.txt";
    write_text(meta, "");
    check_complaint(complaint(directory.path()), meta, "holds 0");
    write_text(meta, "a\nb\nc\nd\ne\nf\ng\nh\ni\n");
    check_complaint(complaint(directory.path()), meta, "holds 9");
    write_text(meta, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n");
    check_complaint(complaint(directory.path()), meta, "holds more");
}

TEST_CASE("load_cifar10 names what it has no permission for") {
    TemporaryDirectory directory;
    fs::permissions(directory.path(), fs::perms::all);
    OrdinaryUser user; // owns all that is made from here on
    const fs::path folder = directory.path() / "data";
    fs::create_directory(folder);
    write_official_layout(folder);
    REQUIRE(complaint(folder).empty());

    fs::permissions(folder / "test_batch.bin", fs::perms::none);
    check_complaint(complaint(folder), folder / "test_batch.bin", "Permission denied");
    fs::permissions(folder, fs::perms::owner_read);
    check_complaint(complaint(folder), folder / "batches.meta.txt", "Permission denied");
    check_complaint(complaint(folder / "below"), folder / "below", "Permission denied");
    fs::permissions(folder, fs::perms::owner_all);
}

TEST_CASE("load_cifar100 reads fine or coarse labels, each with its own names") {
    TemporaryDirectory directory;
    const fs::path folder = directory.path() / "cifar-100-binary";
    fs::create_directory(folder);
    write_zeros(folder / "train.bin", 50'000u * 3074u);
    write_zeros(folder / "test.bin", 10'000u * 3074u);
    std::string fine, coarse;
    for (int i = 0; i < 100; ++i) fine += "fine" + std::to_string(i) + "\n";
    for (int i = 0; i < 20; ++i) coarse += "coarse" + std::to_string(i) + "\n";
    write_text(folder / "fine_label_names.txt", fine);
    write_text(folder / "coarse_label_names.txt", coarse);
    const fs::path test = folder / "test.bin";
    write_byte(test, 2 * 3074, 19);     // the coarse label of record 2
    write_byte(test, 2 * 3074 + 1, 99); // its fine label
    write_byte(test, 2 * 3074 + 2, 11); // its first pixel's red
    write_byte(test, 2 * 3074 + 2 + 1024, 22);
    write_byte(test, 2 * 3074 + 2 + 2048, 33);

    const tr::Dataset fine_set = tr::load_cifar100(directory.path(), tr::Split::test);
    CHECK(fine_set.name == "CIFAR-100");
    CHECK(fine_set.size() == 10'000);
    CHECK(fine_set.label(1) == 0);
    CHECK(fine_set.label(2) == 99);
    CHECK(fine_set.class_names.size() == 100);
    CHECK(fine_set.class_names.back() == "fine99");
    CHECK(fine_set.image(2)[0] == 11);
    CHECK(fine_set.image(2)[1] == 22);
    CHECK(fine_set.image(2)[2] == 33);
    const tr::Dataset coarse_set = tr::load_cifar100(folder, tr::Split::test, tr::Cifar100Labels::coarse);
    CHECK(coarse_set.label(2) == 19);
    CHECK(coarse_set.class_names.back() == "coarse19");
    CHECK((coarse_set.images == fine_set.images));
    CHECK(tr::load_cifar100(folder, tr::Split::train).size() == 50'000);

    const auto refused = [&](tr::Cifar100Labels labels) {
        return tinyres_test::error_of([&] { static_cast<void>(tr::load_cifar100(folder, tr::Split::test, labels)); });
    };
    write_byte(test, 7 * 3074, 20);
    check_complaint(refused(tr::Cifar100Labels::coarse), test,
                    "label 20 in record 7 (counted from 0), labels are 0 to 19");
    CHECK(refused(tr::Cifar100Labels::fine) == "no error"); // the other byte
    write_byte(test, 7 * 3074 + 1, 100);
    check_complaint(refused(tr::Cifar100Labels::fine), test,
                    "label 100 in record 7 (counted from 0), labels are 0 to 99");
    write_text(folder / "fine_label_names.txt", coarse);
    check_complaint(refused(tr::Cifar100Labels::fine), folder / "fine_label_names.txt", "must hold 100 class names");
    fs::remove(test);
    check_complaint(refused(tr::Cifar100Labels::coarse), test, "(cifar-100-binary.tar.gz) unpacks to");
}
