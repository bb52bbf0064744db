#include "examples/program.hpp"

#include <random>

using namespace tinyres_test;

namespace {

struct Result {
    std::string model;
    std::string history;
};

Result result_of(const std::filesystem::path& run) {
    return {content_of(run / "model.safetensors"), history_without_times(run)};
}

/// The run that is never stopped. With dropout, augmentation and shuffling in every epoch.
Result uninterrupted(const TemporaryDirectory& directory) {
    const Outcome outcome = run(tiny_training(directory / "whole"));
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    return result_of(directory / "whole");
}

void check_same(const Result& a, const Result& b) {
    CHECK(a.history == b.history);
    CHECK((a.model == b.model)); // 26 MB, not to be printed
}

Arguments resume(const std::filesystem::path& out, const Arguments& more = {}) {
    Arguments arguments{"train", "--out", out.string(), "--resume"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

} // namespace

TEST_CASE("a run that is killed at any moment and resumed is bit for bit the run that was never stopped") {
    const TemporaryDirectory directory;
    const Result whole = uninterrupted(directory);
    const auto out = directory / "killed";
    std::mt19937 random{std::random_device{}()};
    {
        Program program{tiny_training(out)};
        REQUIRE(program.wait_until([&] { return std::filesystem::exists(out / "checkpoint.safetensors"); }));
        const int milliseconds = std::uniform_int_distribution{0, 1500}(random);
        CAPTURE(milliseconds);
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        program.signal(SIGKILL);
        const int status = program.wait().status;
        CHECK((status == -SIGKILL || status == 0));
    }
    for (int kills = 0; kills < 2; ++kills) {
        Program program{resume(out)};
        std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution{0, 3000}(random)));
        program.signal(SIGKILL);
        const Outcome outcome = program.wait();
        CAPTURE(outcome.error);
        CHECK((outcome.status == -SIGKILL || outcome.status == 0));
    }
    const Outcome last = run(resume(out, {"--threads", "1"}));
    CAPTURE(last.error);
    CHECK(last.status == 0);
    check_same(result_of(out), whole);
    CHECK(names_in(out) == files_of_a_finished_run);
}

TEST_CASE(
    "a run that is killed between checkpoint and history, or while it writes, is whole again when it is resumed") {
    const TemporaryDirectory directory;
    const Result whole = uninterrupted(directory);
    const auto out = directory / "killed";
    {
        Program program{tiny_training(out)};
        REQUIRE(program.wait_until([&] { return std::filesystem::exists(out / "checkpoint.safetensors"); }));
        program.signal(SIGKILL);
    }
    put(out / "history.csv", "epoch,lr\n2,1\n");
    put(out / ".checkpoint.safetensors.123-4.tmp", "half a checkpoint");
    const Outcome last = run(resume(out));
    CAPTURE(last.error);
    CHECK(last.status == 0);
    check_same(result_of(out), whole);
    CHECK(!std::filesystem::exists(out / ".checkpoint.safetensors.123-4.tmp"));
}

TEST_CASE("Ctrl-C stops a run in order, and --resume goes on with it") {
    const TemporaryDirectory directory;
    const Result whole = uninterrupted(directory);
    const auto out = directory / "stopped";
    Program program{tiny_training(out)};
    REQUIRE(program.wait_until([&] { return program.printed().find("Epoch 1 LR") != std::string::npos; }));
    program.signal(SIGINT);
    const Outcome stopped = program.wait();
    CAPTURE(stopped.error);
    CHECK(stopped.status == 128 + SIGINT);
    CHECK(lines_of(stopped.error).size() == 1);
    CHECK(stopped.error.find("--resume") != std::string::npos);
    CHECK(stopped.error.find((out / "checkpoint.safetensors").string()) != std::string::npos);
    CHECK(run(resume(out)).status == 0);
    check_same(result_of(out), whole);
}

TEST_CASE("a request to end and a closed terminal stop a run as Ctrl-C does") {
    for (const int number : {SIGTERM, SIGHUP}) {
        CAPTURE(number);
        const TemporaryDirectory directory;
        Program program{tiny_training(directory / "run")};
        REQUIRE(program.wait_until([&] { return program.printed().find("Epoch 1 LR") != std::string::npos; }));
        program.signal(number);
        const Outcome stopped = program.wait();
        CHECK(stopped.status == 128 + number);
        CHECK(stopped.error.find("--resume") != std::string::npos);
    }
}

TEST_CASE("signals that a run was started to ignore, as in the background, stay ignored") {
    const TemporaryDirectory directory;
    Program program{tiny_training(directory / "run"), [] {
                        for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_IGN);
                        return true;
                    }};
    REQUIRE(program.wait_until([&] { return program.printed().find("Epoch 1 LR") != std::string::npos; }));
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGINT}) program.signal(number);
    const Outcome outcome = program.wait();
    CAPTURE(outcome.error);
    CHECK(outcome.status == 0);
    CHECK(names_in(directory / "run") == files_of_a_finished_run);
}

TEST_CASE("a resumed run keeps its recipe, and a flag that contradicts it is refused") {
    const TemporaryDirectory directory;
    const auto out = directory / "run";
    {
        Program program{tiny_training(out, {"--seed", "7"})};
        REQUIRE(program.wait_until([&] { return std::filesystem::exists(out / "checkpoint.safetensors"); }));
        program.signal(SIGKILL);
    }
    const std::string checkpoint = content_of(out / "checkpoint.safetensors");
    check_refused(run(resume(out, {"--epochs", "5"})), {"--epochs", "3", "5"});
    check_refused(run(resume(out, {"--batch-size", "3"})), {"--batch-size", "2", "3"});
    check_refused(run(resume(out, {"--max-lr", "0.1"})), {"--max-lr", "0.00032", "0.1"});
    check_refused(run(resume(out, {"--norm", "ln"})), {"--norm", "bn", "ln"});
    check_refused(run(resume(out, {"--seed", "8"})), {"--seed", "7", "8"});
    check_refused(run(resume(out, {"--peak-epoch", "2"})), {"--peak-epoch", "0.625", "2.0"});
    check_refused(run(resume(out, {"--optimizer", "sgd"})), {"--optimizer", "adam", "sgd"});
    check_refused(run(resume(out, {"--data", directory.path().string()})), {"--data", "synthetic"});
    CHECK((content_of(out / "checkpoint.safetensors") == checkpoint));

    // The command that began it, with --resume.
    const Outcome outcome = run(tiny_training(out, {"--seed", "7", "--max-lr", "3.2e-4", "--resume"}));
    CAPTURE(outcome.error);
    CHECK(outcome.status == 0);
    CHECK(lines_with(outcome.out, "  seed ")[0].ends_with(" 7"));
}
