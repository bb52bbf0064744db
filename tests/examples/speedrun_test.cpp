#include "examples/program.hpp"
#include "io/files.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <sys/wait.h>

using namespace tinyres_test;

namespace {

/// The example in a directory of its own, by a shell; the arguments need no quotes.
struct Speedrun {
    TemporaryDirectory directory;

    int run(const std::string& arguments) const {
        const std::string command =
            "cd '" + (directory / "").string() + "' && '" TINYRES_SPEEDRUN_PROGRAM "' " + arguments + " > out 2> error";
        return WEXITSTATUS(std::system(command.c_str()));
    }
    std::string content(const char* file) const { return content_of(directory / file); }

    /// The numbers of the history, row by row; NaN where a field is "nan".
    std::vector<std::vector<double>> history() const {
        std::vector<std::vector<double>> rows;
        for (const std::string& line : lines_of(content("speedrun.csv"))) {
            if (line.starts_with("seed")) continue;
            std::istringstream fields{line};
            std::vector<double>& row = rows.emplace_back();
            for (std::string field; std::getline(fields, field, ',');) row.push_back(std::stod(field));
        }
        return rows;
    }
};

const std::string tiny = "--data synthetic --limit-train 120 --limit-test 40 --batch-size 20 ";

enum Column { seed, epoch, train_loss, train_accuracy, test_accuracy, views_accuracy, seconds, with_test, with_views };

} // namespace

TEST_CASE("speedrun learns, prints a table and writes it as CSV, the same for any number of threads") {
    const Speedrun speedrun;
    REQUIRE(speedrun.run(tiny + "--epochs 2 --threads 1 --test-epochs") == 0);
    CHECK(speedrun.content("error") == "");
    CHECK(lines_of(speedrun.content("speedrun.csv")).front() ==
          "seed,epoch,train_loss,train_accuracy,test_accuracy,test_accuracy_of_views,seconds,seconds_with_test,"
          "seconds_with_views");
    const auto rows = speedrun.history();
    REQUIRE(rows.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(rows[i][seed] == 1);
        CHECK(rows[i][epoch] == static_cast<double>(i + 1));
        CHECK(rows[i][test_accuracy] >= 0);
        CHECK(std::isnan(rows[i][views_accuracy]) == (i < 1));
        CHECK(rows[i][seconds] > (i > 0 ? rows[i - 1][seconds] : 0.0));
    }
    CHECK(rows[1][train_loss] < rows[0][train_loss] - 0.1);
    CHECK(rows[1][train_accuracy] > 0.35); // a tenth by chance
    CHECK(rows[1][test_accuracy] > 0.2);
    CHECK(rows[1][views_accuracy] > 0.2);
    CHECK(rows[1][with_views] > rows[1][with_test]);
    CHECK(lines_of(speedrun.content("out")).size() == 6);
    CHECK(speedrun.content("out").find("of the test images after ") != std::string::npos);

    const Speedrun other;
    REQUIRE(other.run(tiny + "--epochs 2 --threads 3") == 0);
    const auto others = other.history();
    REQUIRE(others.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(others[i][train_loss] == rows[i][train_loss]);
        CHECK(std::isnan(others[i][test_accuracy]) == (i < 1));
    }
    CHECK(others[1][test_accuracy] == rows[1][test_accuracy]);
    CHECK(others[1][views_accuracy] == rows[1][views_accuracy]);
}

TEST_CASE(
    "speedrun trains several seeds, each as if alone, also in mixed precision, and says what they have in common") {
    const Speedrun several, alone;
    const std::string few =
        "--data synthetic --limit-train 20 --limit-test 10 --batch-size 10 --epochs 1 --precision bf16 ";
    REQUIRE(several.run(few + "--seed 4 --seeds 2") == 0);
    REQUIRE(alone.run(few + "--seed 5") == 0);
    const auto rows = several.history();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0][seed] == 4);
    CHECK(rows[0][train_loss] != rows[1][train_loss]);
    CHECK(rows[1][train_loss] == alone.history()[0][train_loss]);
    CHECK(rows[1][views_accuracy] == alone.history()[0][views_accuracy]);
    const double mean = 50.0 * (rows[0][test_accuracy] + rows[1][test_accuracy]);
    char line[64];
    std::snprintf(line, sizeof line, "test accuracy: %.2f%%, deviation ", mean);
    CHECK(several.content("out").find(line) != std::string::npos);
    CHECK(several.content("out").find("of 2 seeds\n") != std::string::npos);
}

TEST_CASE("speedrun refuses what it cannot use in one line") {
    const Speedrun speedrun;
    const auto refuses = [&](const std::string& arguments, const std::string& part) {
        CAPTURE(arguments);
        CHECK(speedrun.run(tiny + arguments) == 1);
        const std::string error = speedrun.content("error");
        CAPTURE(error);
        CHECK(error.starts_with("speedrun: error: "));
        CHECK(error.find(part) != std::string::npos);
        CHECK(error.find('\n') == error.size() - 1);
        CHECK(!std::filesystem::exists(speedrun.directory / "speedrun.csv"));
    };
    refuses("--epochs 0", "--epochs");
    refuses("--seed -1", "'-1' is not a whole number");
    refuses("--seeds 0", "--seeds");
    refuses("--precision fp64", "--precision");
    refuses("--threads 5000", "--threads");
    refuses("--batch-size 1", "--batch-size");
    refuses("--speed 9", "--speed");
    refuses("--history none/speedrun.csv --epochs 1", "none/speedrun.csv");
    CHECK(speedrun.run("--data nowhere") == 1);
    CHECK(speedrun.content("error").starts_with("speedrun: error: --data: CIFAR-10: there is no directory 'nowhere'"));
}

TEST_CASE("speedrun explains itself") {
    const Speedrun speedrun;
    CHECK(speedrun.run("--help") == 0);
    for (const char* option : {"--data", "--seed", "--seeds", "--epochs", "--limit-train", "--precision", "--threads",
                               "--history", "--test-epochs"})
        CHECK(speedrun.content("out").find(option) != std::string::npos);
}
