#include "examples/program.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <sys/resource.h>
#include <tinyres/io/png.hpp>
#include <tinyres/io/weights.hpp>

using namespace tinyres_test;
namespace fs = std::filesystem;

namespace {

/// A run of three epochs that was killed after the first.
void make_run(const fs::path& out, const Arguments& more = {}) {
    Program program{tiny_training(out, more)};
    REQUIRE(program.wait_until([&] { return fs::exists(out / "checkpoint.safetensors"); }));
    program.signal(SIGKILL);
}

/// Writes the checkpoint again with another value in its metadata.
void change_note(const fs::path& checkpoint, const std::string& key, const std::string& value) {
    const tinyres::Safetensors file = tinyres::Safetensors::read(checkpoint);
    auto metadata = file.metadata();
    metadata[key] = value;
    tinyres::write_safetensors(checkpoint, file.tensors(), metadata);
}

/// From now on no file of this process may exceed 40 MB: less than a checkpoint, more than the weights.
bool limit_file_size() {
    const ::rlimit limit{40'000'000, 40'000'000};
    ::signal(SIGXFSZ, SIG_IGN);
    return ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

/// From now on this process and this user start no further thread.
bool forbid_threads() {
    const ::rlimit limit{1, 1};
    return drop_privileges() && ::setrlimit(RLIMIT_NPROC, &limit) == 0;
}

#ifdef TINYRES_FAILING_DISK
/// What the program does in a process that is to meet a failing disk.
std::function<bool()> on_failing_disk(const char* variable, int value) {
    return [=] {
        return ::setenv("LD_PRELOAD", TINYRES_FAILING_DISK, 1) == 0 &&
               ::setenv(variable, std::to_string(value).c_str(), 1) == 0;
    };
}
#endif

/// Writes weights again with another first value of a tensor.
void change_value(const fs::path& from, const fs::path& to, const std::string& name, float value) {
    const tinyres::Safetensors file = tinyres::Safetensors::read(from);
    std::vector<tinyres::NamedTensor> tensors = tinyres::read_tensors(file);
    std::ranges::find(tensors, name, &tinyres::NamedTensor::name)->values.at(0) = value;
    tinyres::write_tensors(to, tensors, file.metadata());
}

} // namespace

TEST_CASE("a checkpoint that is cut short, flipped or of another network is named and left as it is") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run", checkpoint = out / "checkpoint.safetensors";
    make_run(out);
    const std::string good = content_of(checkpoint);
    const auto check_damaged = [&](const char* problem) {
        const std::string damaged = content_of(checkpoint);
        check_refused(run({"train", "--out", out.string(), "--resume"}), {checkpoint.string(), problem});
        check_refused(run({"evaluate", "--weights", checkpoint.string(), "--data", "synthetic"}),
                      {checkpoint.string(), problem});
        CHECK((content_of(checkpoint) == damaged));
        put(checkpoint, good);
    };
    put(checkpoint, "");
    check_damaged("empty");
    put(checkpoint, good.substr(0, 5));
    check_damaged("cut short");
    put(checkpoint, good.substr(0, good.size() / 2));
    check_damaged("damaged");
    put(checkpoint, good + "more");
    check_damaged("damaged");
    for (const std::size_t at : {std::size_t{3}, std::size_t{100}, good.size() / 2, good.size() - 1}) {
        CAPTURE(at);
        std::string flipped = good;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        put(checkpoint, flipped);
        check_damaged("damaged");
    }
    change_note(checkpoint, "cifar10.norm", "gn");
    check_damaged("another");

    fs::remove(checkpoint);
    put(checkpoint, good);
    CHECK(run({"train", "--out", out.string(), "--resume"}).status == 0);
}

TEST_CASE("weights of another program or another kind are refused by name") {
    const TemporaryDirectory directory;
    const fs::path file = directory / "weights.safetensors";
    const auto evaluate = [&] { return run({"evaluate", "--weights", file.string(), "--data", "synthetic"}); };
    check_refused(evaluate(), {file.string()});
    put(file, "these are no weights");
    check_refused(evaluate(), {file.string(), "not a safetensors file"});
    const float value = 1;
    const std::vector<tinyres::TensorView> tensors{
        {"0.0.weight", tinyres::DType::F32, {1}, std::as_bytes(std::span(&value, 1))}};
    tinyres::write_safetensors(file, tensors);
    check_refused(evaluate(), {file.string(), "--norm"});
    tinyres::write_safetensors(file, tensors, {{"cifar10.norm", "bn"}});
    check_refused(evaluate(), {file.string(), "another"});

    fs::create_directory(directory / "run"); // a checkpoint, but of a run of another program
    tinyres::write_safetensors(directory / "run/checkpoint.safetensors", tensors, {{"tinyres.kind", "checkpoint"}});
    check_refused(run({"train", "--out", (directory / "run").string(), "--resume"}),
                  {(directory / "run/checkpoint.safetensors").string()});
}

#ifdef TINYRES_FAILING_DISK
TEST_CASE("when the disk is full the error names the file, and the last good checkpoint is intact") {
    const TemporaryDirectory directory;
    REQUIRE(run(tiny_training(directory / "whole")).status == 0);
    const fs::path out = directory / "run", checkpoint = out / "checkpoint.safetensors";

    const std::function<bool()> full_disk = on_failing_disk("TINYRES_TEST_FILE_ROOM", 40'000'000);
    check_refused(run(tiny_training(directory / "fresh"), full_disk),
                  {(directory / "fresh/checkpoint.safetensors").string(), "No space left"});
    CHECK(names_in(directory / "fresh").empty()); // so that the run can simply begin again

    make_run(out);
    const std::string good = content_of(checkpoint);
    check_refused(run({"train", "--out", out.string(), "--resume"}, full_disk), {checkpoint.string(), "No space left"});
    CHECK((content_of(checkpoint) == good));
    CHECK(names_in(out) == std::set<std::string>{"checkpoint.safetensors", "history.csv"});

    const Outcome resumed = run({"train", "--out", out.string(), "--resume"});
    CAPTURE(resumed.error);
    CHECK(resumed.status == 0);
    CHECK((content_of(out / "model.safetensors") == content_of(directory / "whole/model.safetensors")));
    CHECK(history_without_times(out) == history_without_times(directory / "whole"));
}

TEST_CASE("a disk that cannot sync takes a training, and one whose sync fails ends it before its first epoch") {
    const TemporaryDirectory directory;
    for (const int error : {EINVAL, ENOSYS, EOPNOTSUPP}) {
        CAPTURE(error);
        const Outcome outcome = run(tiny_training(directory / std::to_string(error), {"--epochs", "1"}),
                                    on_failing_disk("TINYRES_TEST_SYNC_ERROR", error));
        CAPTURE(outcome.error);
        CHECK(outcome.status == 0);
        CHECK(names_in(directory / std::to_string(error)) == files_of_a_finished_run);
    }
    const Outcome failed = run(tiny_training(directory / "failed"), on_failing_disk("TINYRES_TEST_SYNC_ERROR", EIO));
    check_refused(failed, {(directory / "failed").string(), "Input/output error"});
    CHECK(failed.out == "");
    CHECK(names_in(directory / "failed").empty());
}
#endif

TEST_CASE("a limit on the size of files that is too low for a checkpoint is told before the first epoch") {
    const TemporaryDirectory directory;
    const Outcome outcome = run(tiny_training(directory / "run"), limit_file_size);
    check_refused(outcome, {"--out", "40.0 MB", "ulimit -f"});
    CHECK(outcome.out == "");
    CHECK(names_in(directory / "run").empty());
}

TEST_CASE("threads that the system does not start are named, with the limit") {
    const TemporaryDirectory directory;
    fs::permissions(directory.path(), fs::perms{0777});
    const auto train = [&](const std::string& threads) {
        return run(tiny_training(directory / "run", {"--threads", threads}), forbid_threads);
    };
    check_refused(train("3"), {"cannot start the 3 threads that compute (--threads)", "ulimit -u", "pids.max"});
    check_refused(train("1"), {"cannot start a thread that prepares images", "ulimit -u", "pids.max"});
}

TEST_CASE("weights that are not finite, or give what is not, are refused by every command that takes weights") {
    const TemporaryDirectory directory;
    const fs::path model = directory / "run/model.safetensors", bad = directory / "bad.safetensors";
    REQUIRE(run(tiny_training(directory / "run", {"--epochs", "1"})).status == 0);
    tinyres::write_png(directory / "picture.png", tinyres::Picture::of_size(32, 32));
    const std::string picture = (directory / "picture.png").string(), out = (directory / "out").string();
    const auto commands = [&](const fs::path& weights) {
        const std::string file = weights.string();
        return std::vector<Arguments>{{"predict", "--weights", file, picture},
                                      {"evaluate", "--weights", file, "--data", "synthetic", "--limit-test", "2"},
                                      {"export", "--weights", file, "--format", "onnx", "--out", out},
                                      {"export", "--weights", file, "--format", "safetensors", "--out", out},
                                      {"embed", "--weights", file, "--out", out},
                                      tiny_training(directory / "other", {"--init", file})};
    };
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        change_value(model, bad, "fc.bias", value);
        for (const Arguments& command : commands(bad)) {
            CAPTURE(command[0]);
            const Outcome outcome = run(command);
            check_refused(outcome, {bad.string(), "tensor 'fc.bias' is not finite (NaN or infinity)"});
            CHECK(outcome.out == "");
            CHECK(!fs::exists(out));
        }
    }
    // Finite weights, whose products are not.
    change_value(model, bad, "prep_layer.1.running_var", 1e-38f);
    change_value(bad, bad, "prep_layer.1.weight", 3e38f);
    check_refused(run(commands(bad)[0]), {bad.string(), "a probability that it gives is not finite"});
    check_refused(run(commands(bad)[1]), {bad.string(), "the loss that it gives is not finite"});
}

TEST_CASE("no command writes over the weights that it reads") {
    const TemporaryDirectory directory;
    const std::string model = (directory / "run/model.safetensors").string();
    REQUIRE(run(tiny_training(directory / "run", {"--epochs", "1"})).status == 0);
    const std::string good = content_of(model);
    const std::string alias = (directory / "run/../run/model.safetensors").string();
    check_refused(run({"export", "--weights", model, "--format", "safetensors", "--out", alias}),
                  {"--out", "would be lost"});
    check_refused(run({"embed", "--weights", model, "--out", model}), {"--out", "would be lost"});
    check_refused(run({"evaluate", "--weights", model, "--data", "synthetic", "--probabilities", model}),
                  {"--probabilities", "would be lost"});
    CHECK((content_of(model) == good));
}

TEST_CASE("a standard output that takes nothing is told") {
    const Outcome outcome = run({"summary"}, [] { return ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO) >= 0; });
    check_refused(outcome, {"standard output"});
}

TEST_CASE("a loss that is no number ends the run with the flag's name") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run";
    check_refused(run(tiny_training(out, {"--max-lr", "1e30"})), {"no longer finite", "--max-lr", "nothing is saved"});
    CHECK(!fs::exists(out / "checkpoint.safetensors"));
    CHECK(!fs::exists(out / "model.safetensors"));
}

TEST_CASE("a loss that becomes no number leaves the last good checkpoint intact and names it") {
    // Decoupled weight decay of rate * decay = 110 makes the weights a hundred times larger with every step.
    const TemporaryDirectory directory;
    const fs::path out = directory / "run", checkpoint = out / "checkpoint.safetensors";
    const Outcome outcome =
        run(tiny_training(out, {"--optimizer", "adamw", "--max-lr", "1e-3", "--peak-epoch", "0", "--weight-decay",
                                "110000", "--epochs", "40", "--batch-size", "4"}));
    check_refused(outcome, {"no longer finite", "--max-lr", "safe in " + checkpoint.string()});
    const std::size_t epochs = lines_with(outcome.out, "Test set: ").size();
    CHECK(epochs >= 1);
    CHECK(outcome.error.find("after epoch " + std::to_string(epochs) + " is safe") != std::string::npos);
    CHECK(lines_of(content_of(out / "history.csv")).size() == 1 + epochs);
    // A loss of 1e31 shows all of its digits. Training has tested in one batch; the size of batches changes none of
    // them.
    for (const std::string batch_size : {"1", "2", "3"}) {
        CAPTURE(batch_size);
        const Outcome tested = run({"evaluate", "--weights", checkpoint.string(), "--data", "synthetic", "--limit-test",
                                    "3", "--batch-size", batch_size});
        CHECK(tested.status == 0);
        CHECK(lines_with(tested.out, "Test set: ").at(0) == lines_with(outcome.out, "Test set: ").back());
    }
}
