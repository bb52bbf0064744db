#include "examples/program.hpp"

#include <cstdint>

using namespace tinyres_test;
namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t record = 3073;
constexpr std::uintmax_t file_size = 10'000 * record;

/// A directory in CIFAR-10's layout: black aeroplanes without end, in files that take no room on the disk.
void make_data(const fs::path& directory) {
    fs::create_directories(directory);
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"}) {
        put(directory / name, "");
        fs::resize_file(directory / name, file_size);
    }
    put(directory / "batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
}

Outcome train_on(
    const fs::path& data, const fs::path& out, const std::function<bool()>& prepare = [] { return true; }) {
    return run({"train", "--data", data.string(), "--out", out.string(), "--limit-train", "2", "--batch-size", "2",
                "--limit-test", "1", "--epochs", "1"},
               prepare);
}

} // namespace

TEST_CASE("train reads the official layout and says where it is") {
    const TemporaryDirectory directory;
    make_data(directory / "data");
    const Outcome outcome = train_on(directory / "data", directory / "run");
    CAPTURE(outcome.error);
    CHECK(outcome.status == 0);
    CHECK(lines_with(outcome.out, "  data ")[0].find((directory / "data").string()) != std::string::npos);
    CHECK(outcome.out.find("synthetic") == std::string::npos);
}

TEST_CASE("a data file that is missing, cut short, too long, empty or damaged is named") {
    const TemporaryDirectory directory;
    const fs::path data = directory / "data", out = directory / "run";
    check_refused(train_on(data, out), {data.string()});
    check_refused(run({"evaluate", "--weights", "x", "--data", data.string()}), {"x"});

    make_data(data);
    const fs::path file = data / "data_batch_3.bin";
    const auto check_file = [&](const char* problem) { check_refused(train_on(data, out), {file.string(), problem}); };
    fs::remove(file);
    check_file("missing");
    put(file, "");
    check_file("empty");
    fs::resize_file(file, file_size - 1);
    check_file("cut short");
    fs::resize_file(file, file_size + record);
    check_file("too long");
    fs::remove(file);
    fs::create_directory(file);
    check_file("directory");
    fs::remove(file);
    put(file, std::string(7 * record, '\0') + '\x0A');
    fs::resize_file(file, file_size);
    check_file("label 10");
    put(file, "");
    fs::resize_file(file, file_size);

    fs::resize_file(data / "test_batch.bin", 5);
    check_refused(train_on(data, out), {(data / "test_batch.bin").string(), "cut short"});
    CHECK(!fs::exists(out / "checkpoint.safetensors"));
}

TEST_CASE("a directory without permission is named, whether it is read or written") {
    const TemporaryDirectory directory;
    fs::permissions(directory.path(), fs::perms{0755});
    const fs::path data = directory / "data", out = directory / "run";
    make_data(data);
    fs::permissions(data, fs::perms::none);
    fs::create_directory(out);
    fs::permissions(out, fs::perms{0777});
    check_refused(train_on(data, out, drop_privileges), {data.string(), "ermission"});
    fs::permissions(data, fs::perms{0755});
    fs::permissions(data / "test_batch.bin", fs::perms::none);
    check_refused(train_on(data, out, drop_privileges), {(data / "test_batch.bin").string(), "ermission"});
    fs::permissions(data / "test_batch.bin", fs::perms{0644});

    fs::permissions(out, fs::perms{0555});
    check_refused(train_on(data, out, drop_privileges), {out.string(), "ermission"});
    check_refused(train_on(data, out / "deeper", drop_privileges), {(out / "deeper").string(), "ermission"});
    put(directory / "file", "");
    check_refused(train_on(data, directory / "file"), {(directory / "file").string()});
}
