#include "examples/program.hpp"

#include <cmath>
#include <sys/file.h>

using namespace tinyres_test;

namespace {

std::vector<double> numbers_in(const std::string& csv_line) {
    std::vector<double> numbers;
    std::istringstream stream{csv_line};
    for (std::string field; std::getline(stream, field, ',');) numbers.push_back(std::stod(field));
    return numbers;
}

} // namespace

TEST_CASE("train tells what it does, prints the reference's two lines an epoch and writes its files") {
    const TemporaryDirectory directory;
    const Outcome outcome = run(tiny_training(directory / "run"));
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.error.empty());
    for (const char* name : {"backend ", "instruction set ", "threads ", "data ", "network ", "optimizer ",
                             "learning rate ", "epochs ", "seed ", "memory ", "results "})
        CHECK(lines_with(outcome.out, std::string("  ") + name).size() == 1);
    CHECK(lines_with(outcome.out, "  data ")[0].find("synthetic") != std::string::npos);
    CHECK(lines_with(outcome.out, "Finished 3 epochs ").at(0).find("synthetic") != std::string::npos);

    const std::vector<std::string> lines = lines_of(outcome.out);
    int epochs = 0;
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        const std::string start = "Epoch " + std::to_string(epochs + 1) + " LR [";
        if (!lines[i].starts_with(start)) continue;
        ++epochs;
        float loss = 0;
        int correct = 0, images = 0;
        float percent = 0;
        char end = 0;
        CAPTURE(lines[i + 1]);
        CHECK(std::sscanf(lines[i + 1].c_str(), "Test set: Average loss: %f, Accuracy: %d/%d (%f%%%c", &loss, &correct,
                          &images, &percent, &end) == 5);
        CHECK(end == ')');
        CHECK(images == 3);
        CHECK(percent == doctest::Approx(100.0 * correct / 3).epsilon(1e-3));
    }
    CHECK(epochs == 3);
    CHECK(lines_with(outcome.out, "Epoch ").size() == 3);
    CHECK(lines_with(outcome.out, "Test set: ").size() == 3);

    const std::vector<std::string> history = lines_of(content_of(directory / "run/history.csv"));
    REQUIRE(history.size() == 4);
    CHECK(history[0] == "epoch,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second");
    for (std::size_t epoch = 1; epoch <= 3; ++epoch) {
        const std::vector<double> row = numbers_in(history[epoch]);
        REQUIRE(row.size() == 8);
        CHECK(row[0] == static_cast<double>(epoch));
        CHECK(row[2] > 0);
        CHECK(row[5] * 3 == doctest::Approx(std::round(row[5] * 3)));
        CHECK(row[7] == doctest::Approx(4 / row[6]).epsilon(0.05));
    }
    CHECK(numbers_in(history[1])[1] == 3.2e-6);
    CHECK(names_in(directory / "run") == files_of_a_finished_run);
}

TEST_CASE("evaluate repeats the last epoch's test line, from weights or checkpoint, and knows the norm from the file") {
    for (const char* norm : {"bn", "gn", "ln"}) {
        const TemporaryDirectory directory;
        const Outcome trained = run(tiny_training(directory / "run", {"--epochs", "1", "--norm", norm}));
        CAPTURE(trained.error);
        REQUIRE(trained.status == 0);
        for (const char* file : {"model.safetensors", "checkpoint.safetensors"}) {
            const Outcome tested = run({"evaluate", "--weights", (directory / "run" / file).string(), "--data",
                                        "synthetic", "--limit-test", "3", "--batch-size", "2"});
            CHECK(tested.status == 0);
            CHECK(lines_with(tested.out, "Test set: ") == lines_with(trained.out, "Test set: "));
        }
        const std::string other = norm == std::string("gn") ? "ln" : "gn";
        check_refused(run({"evaluate", "--weights", (directory / "run/model.safetensors").string(), "--norm", other,
                           "--data", "synthetic"}),
                      {"--norm", norm, other});
    }
}

TEST_CASE("the same seed gives the same model for any number of threads, another seed another one") {
    const TemporaryDirectory directory;
    const auto model = [&](const std::string& name, const Arguments& more) {
        const Outcome outcome = run(tiny_training(directory / name, more));
        CHECK(outcome.status == 0);
        return content_of(directory / name / "model.safetensors");
    };
    const std::string one_thread = model("a", {"--epochs", "1", "--threads", "1"});
    CHECK(one_thread == model("b", {"--epochs", "1", "--threads", "3"}));
    CHECK(one_thread != model("c", {"--epochs", "1", "--seed", "2"}));
}

TEST_CASE("both backends train alike") {
    const TemporaryDirectory directory;
    const auto losses = [&](const std::string& backend) {
        const Outcome outcome = run(tiny_training(
            directory / backend, {"--epochs", "1", "--limit-train", "2", "--limit-test", "1", "--backend", backend}));
        CAPTURE(outcome.error);
        REQUIRE(outcome.status == 0);
        CHECK(lines_with(outcome.out, "  backend ")[0].find(backend) != std::string::npos);
        return numbers_in(lines_of(content_of(directory / backend / "history.csv")).at(1));
    };
    const std::vector<double> cpu = losses("cpu"), reference = losses("reference");
    CHECK(cpu[2] == doctest::Approx(reference[2]).epsilon(1e-4));
    CHECK(cpu[4] == doctest::Approx(reference[4]).epsilon(1e-2)); // after a step of Adam, which magnifies the least
}

TEST_CASE("mixed precision trains alike, the same for any number of threads, and a resumed run keeps it") {
    const TemporaryDirectory directory;
    const auto trained = [&](const std::string& name, const Arguments& more) {
        Arguments all{"--epochs", "1"};
        all.insert(all.end(), more.begin(), more.end());
        const Outcome outcome = run(tiny_training(directory / name, all));
        CAPTURE(outcome.error);
        REQUIRE(outcome.status == 0);
        return content_of(directory / name / "model.safetensors");
    };
    const auto train_loss = [&](const std::string& name) {
        return numbers_in(lines_of(content_of(directory / name / "history.csv")).at(1))[2];
    };
    trained("fp32", {});
    const std::string mixed = trained("a", {"--precision", "bf16", "--threads", "1"});
    CHECK((mixed == trained("b", {"--precision", "bf16", "--threads", "3"})));
    CHECK(train_loss("a") != train_loss("fp32"));
    CHECK(train_loss("a") == doctest::Approx(train_loss("fp32")).epsilon(0.05));

    const auto out = directory / "resumed";
    {
        Program program{tiny_training(out, {"--precision", "bf16"})};
        REQUIRE(program.wait_until([&] { return std::filesystem::exists(out / "checkpoint.safetensors"); }));
        program.signal(SIGKILL);
    }
    const Outcome resumed = run({"train", "--out", out.string(), "--resume"});
    REQUIRE(resumed.status == 0);
    CHECK(lines_with(resumed.out, "  backend ")[0].ends_with("cpu, bf16"));
}

TEST_CASE("the recipe's options change the training") {
    const TemporaryDirectory directory;
    const auto history = [&](const std::string& name, const Arguments& more) {
        Arguments all{"--epochs", "2"};
        all.insert(all.end(), more.begin(), more.end());
        const Outcome outcome = run(tiny_training(directory / name, all));
        CAPTURE(outcome.error);
        CHECK(outcome.status == 0);
        return history_without_times(directory / name);
    };
    const std::string plain = history("plain", {"--max-lr", "0.01"});
    std::set<std::string> all{plain};
    all.insert(history("lr", {"--max-lr", "0.02"}));
    all.insert(history("peak", {"--max-lr", "0.01", "--peak-epoch", "2"}));
    all.insert(history("adamw", {"--max-lr", "0.01", "--optimizer", "adamw"}));
    all.insert(history("sgd", {"--max-lr", "0.01", "--optimizer", "sgd"}));
    all.insert(history("decay", {"--max-lr", "0.01", "--weight-decay", "0.5"}));
    all.insert(history("smoothing", {"--max-lr", "0.01", "--label-smoothing", "0.2"}));
    CHECK(all.size() == 7);
}

TEST_CASE("a finished or missing run and a directory in use are told apart") {
    const TemporaryDirectory directory;
    const auto out = directory / "run";
    check_refused(run(tiny_training(out, {"--resume"})), {"--resume", out.string(), "checkpoint.safetensors"});
    CHECK(!std::filesystem::exists(out));

    REQUIRE(run(tiny_training(out, {"--epochs", "1"})).status == 0);
    const std::string model = content_of(out / "model.safetensors");
    check_refused(run(tiny_training(out, {"--epochs", "1"})), {"--out", out.string(), "--resume"});

    const Outcome again = run({"train", "--out", out.string(), "--resume"});
    CHECK(again.status == 0);
    CHECK(again.out.find("nothing left to do") != std::string::npos);
    CHECK(content_of(out / "model.safetensors") == model);

    std::filesystem::remove(out / "model.safetensors"); // killed before it was written
    CHECK(run({"train", "--out", out.string(), "--resume"}).status == 0);
    CHECK(content_of(out / "model.safetensors") == model);

    const int lock = ::open(out.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(::flock(lock, LOCK_EX | LOCK_NB) == 0);
    check_refused(run({"train", "--out", out.string(), "--resume"}), {"--out", out.string(), "another training"});
    ::close(lock);
}
