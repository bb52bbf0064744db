#include "examples/classifier.hpp"

using namespace tinyres_test;

namespace {

/// With all that has a state of its own: averages, early stopping, mixed batches, frozen layers, clipping.
Arguments stateful(const fs::path& data, const fs::path& out) {
    return quick_training(data, out,
                          {"--epochs", "5", "--ema", "0.9", "--patience", "4", "--mixup", "0.2", "--frozen-epochs", "2",
                           "--clip-norm", "1", "--body-rate", "0.5", "--balance", "weights", "--augmentation",
                           "strong"});
}

Arguments resume(const fs::path& out, const Arguments& more = {}) {
    Arguments arguments{"train", "--out", out.string(), "--resume"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

/// Starts a run and stops it by `signal` when its first checkpoint is there.
void interrupt(const Arguments& arguments, const fs::path& out, int signal) {
    Program program{arguments, [] { return true; }, TINYRES_CLASSIFIER_PROGRAM};
    REQUIRE(program.wait_until([&] { return fs::exists(out / "checkpoint.safetensors"); }));
    program.signal(signal);
    const Outcome outcome = program.wait();
    CAPTURE(outcome.error);
    CHECK((outcome.status == -signal || outcome.status == 128 + signal || outcome.status == 0));
}

} // namespace

TEST_CASE("a classifier's run that is stopped or killed and resumed is bit for bit the one that was not") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory);
    check_done(classifier(stateful(data, directory / "whole")));
    for (const int signal : {SIGTERM, SIGKILL}) {
        CAPTURE(signal);
        const fs::path out = directory / std::to_string(signal);
        interrupt(stateful(data, out), out, signal);
        check_done(classifier(resume(out, {"--threads", "1", "--loader-threads", "1"})));
        CHECK(history_without_times(out) == history_without_times(directory / "whole"));
        for (const char* file : {"model.safetensors", "best.safetensors"})
            CHECK((content_of(out / file) == content_of(directory / "whole" / file)));
    }
}

TEST_CASE("a run is not resumed with other pictures, and not with another recipe") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory), out = directory / "run";
    interrupt(stateful(data, out), out, SIGKILL);
    const Outcome other = classifier(resume(out, {"--epochs", "6"}));
    check_refused(other, {"--epochs", "begun with 5, not 6"}, "tinyres-classifier");
    tinyres::write_png(data / odd_names[0] / "0.png", colored_picture(2, 77));
    check_refused(classifier(resume(out)), {"--data", "not those that the run was begun with"}, "tinyres-classifier");
}

TEST_CASE("training stops early when nothing improves, and the weights are those of the best epoch") {
    const TemporaryDirectory directory;
    const fs::path data = make_odd_folder(directory), out = directory / "run";
    // At a rate of 0, in effect, no epoch is better than the first.
    const Outcome outcome = classifier(
        quick_training(data, out, {"--epochs", "9", "--patience", "2", "--max-lr", "1e-30", "--ema", "0.99999"}));
    check_done(outcome);
    const std::size_t epochs = lines_of(content_of(out / "history.csv")).size() - 1;
    CHECK(epochs < 9);
    CHECK(outcome.out.find("Stopped early: no improvement in 2 epochs.") != std::string::npos);
    const Outcome again = classifier(resume(out));
    check_done(again);
    CHECK(again.out.find("There is nothing left to do") != std::string::npos);
}
