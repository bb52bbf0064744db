#include "examples/program.hpp"

#include <tinyres/version.hpp>

using namespace tinyres_test;

TEST_CASE("impossible flag values are refused by the flag's name") {
    const TemporaryDirectory directory;
    const auto out = directory / "run";
    const std::vector<std::pair<std::string, std::string>> bad{
        {"--batch-size", "0"},
        {"--batch-size", "-3"},
        {"--batch-size", "many"},
        {"--epochs", "0"},
        {"--epochs", "-1"},
        {"--epochs", "2.5"},
        {"--peak-epoch", "3.5"},
        {"--peak-epoch", "-1"},
        {"--peak-epoch", "nan"},
        {"--max-lr", "-0.1"},
        {"--max-lr", "0"},
        {"--max-lr", "high"},
        {"--max-lr", "inf"},
        {"--max-lr", "1e999"},
        {"--weight-decay", "-1"},
        {"--weight-decay", "nan"},
        {"--norm", "xn"},
        {"--label-smoothing", "1"},
        {"--label-smoothing", "-1"},
        {"--optimizer", "lion"},
        {"--limit-train", "-1"},
        {"--limit-test", "-1"},
        {"--threads", "-2"},
        {"--backend", "gpu"},
        {"--precision", "fp16"},
        {"--seed", "-1"},
        {"--seed", "1e3"},
        {"--batch-size", "99999999999"},
    };
    for (const auto& pair : bad) {
        const auto& flag = pair.first;
        const auto& value = pair.second;
        CAPTURE(flag);
        CAPTURE(value);
        check_refused(run(tiny_training(out, {flag, value})), {flag});
        CHECK(!std::filesystem::exists(out));
    }
    check_refused(run(tiny_training(out, {"--speed", "9"})), {"--speed"});
    check_refused(run(tiny_training(out, {"--backend", "reference", "--precision", "bf16"})), {"--precision", "fp32"});
#ifndef TINYRES_TEST_CUDA
    check_refused(run(tiny_training(out, {"--backend", "cuda"})), {"--backend", "TINYRES_CUDA"});
#endif
    check_refused(run({"train", "--data"}), {"--data"});
    check_refused(run({"evaluate"}), {"--weights"});
    check_refused(run({"evaluate", "--weights", "x", "--batch-size", "0"}), {"--batch-size"});
    check_refused(run({"evaluate", "--weights", "x", "--limit-test", "-1"}), {"--limit-test"});
    check_refused(run({"schedule", "--train-images", "0"}), {"--train-images"});
    check_refused(run({"schedule", "--max-lr", "auto"}), {"--max-lr"});
    check_refused(run({"schedule", "--peak-epoch", "25"}), {"--peak-epoch", "24"});
    check_refused(run({"find-lr", "--steps", "3"}), {"--steps"});
    check_refused(run({"find-lr", "--start-lr", "0"}), {"--start-lr"});
    check_refused(run({"find-lr", "--end-lr", "1e-9"}), {"--end-lr"});
    check_refused(run({"summary", "--norm", "none"}), {"--norm"});
    check_refused(run({"fly"}), {"fly"});
    check_refused(run({}), {"subcommand"});
}

TEST_CASE("every subcommand explains itself") {
    for (const Arguments& arguments : {Arguments{"--help"},
                                       {"train", "--help"},
                                       {"evaluate", "--help"},
                                       {"predict", "--help"},
                                       {"embed", "--help"},
                                       {"export", "--help"},
                                       {"report", "--help"},
                                       {"find-lr", "--help"},
                                       {"schedule", "-h"},
                                       {"summary", "--help"}}) {
        const Outcome outcome = run(arguments);
        CHECK(outcome.status == 0);
        CHECK(outcome.error.empty());
        CHECK(outcome.out.find("--help") != std::string::npos);
    }
    const std::string train = run({"train", "--help"}).out;
    for (const char* flag : {"--data", "--epochs", "--peak-epoch", "--batch-size", "--max-lr", "--optimizer",
                             "--weight-decay", "--norm", "--seed", "--threads", "--backend", "--precision", "--out",
                             "--init", "--resume", "--limit-train", "--limit-test", "--label-smoothing"})
        CHECK(train.find(flag) != std::string::npos);
}

TEST_CASE("the program tells the library's version") {
    const Outcome outcome = run({"--version"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "cifar10 of tinyres " + std::to_string(TINYRES_VERSION_MAJOR) + '.' +
                             std::to_string(TINYRES_VERSION_MINOR) + '.' + std::to_string(TINYRES_VERSION_PATCH) +
                             '\n');
}
