#include "examples/program.hpp"

#include <cmath>
#include <cstdlib>

using namespace tinyres_test;

TEST_CASE("find-lr prints its suggestions and writes the curve as CSV and SVG") {
    const TemporaryDirectory directory;
    const auto out = directory / "lr";
    const Outcome outcome = run({"find-lr", "--data", "synthetic", "--limit-train", "8", "--batch-size", "8", "--steps",
                                 "12", "--start-lr", "1e-5", "--end-lr", "0.1", "--out", out.string()});
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    const std::vector<std::string> suggestion = lines_with(outcome.out, "Suggested by the rule 'valley': ");
    REQUIRE(suggestion.size() == 1);
    double highest = 0, lowest = 0;
    CHECK(std::sscanf(suggestion[0].c_str(), "Suggested by the rule 'valley': LRMAX %lf, LRMIN %lf", &highest,
                      &lowest) == 2);
    CHECK(highest == doctest::Approx(100 * lowest).epsilon(0.01));
    CHECK(suggestion[0].find("synthetic") != std::string::npos);

    const std::vector<std::string> csv = lines_of(content_of(out / "lr_finder.csv"));
    REQUIRE(csv.size() >= 3);
    CHECK(csv[0] == "learning_rate,loss,smoothed_loss");
    CHECK(csv[1].starts_with("1e-05,"));
    bool is_in_curve = false;
    for (const std::string& line : csv) is_in_curve |= std::abs(std::atof(line.c_str()) / highest - 1) < 0.01;
    CHECK(is_in_curve);

    const std::string svg = content_of(out / "lr_finder.svg");
    CHECK(svg.starts_with("<svg "));
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(svg.find("<polyline") != std::string::npos);
    CHECK(svg.find("LRMAX") != std::string::npos);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
    for (const char* element : {"text", "svg", "style", "title", "tspan"}) { // each that opens closes
        CAPTURE(element);
        const auto count = [&](const std::string& part) {
            std::size_t found = 0;
            for (std::size_t at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1)) ++found;
            return found;
        };
        const std::string name = element;
        CHECK(count('<' + name + ' ') + count('<' + name + '>') == count("</" + name + '>'));
    }
}

TEST_CASE("find-lr --suggest steepest suggests by the reference's rule, and refuses a rule that there is not") {
    const TemporaryDirectory directory;
    const auto find = [&](const std::string& rule) {
        return run({"find-lr", "--data", "synthetic", "--limit-train", "8", "--batch-size", "8", "--steps", "12",
                    "--start-lr", "1e-5", "--end-lr", "0.1", "--suggest", rule, "--out", (directory / "lr").string()});
    };
    const Outcome steepest = find("steepest");
    CAPTURE(steepest.error);
    REQUIRE(steepest.status == 0);
    CHECK(lines_with(steepest.out, "Suggested by the rule 'steepest': LRMAX ").size() == 1);
    CHECK(content_of(directory / "lr" / "lr_finder.svg").find("(steepest)") != std::string::npos);
    CHECK(find("luck").status == 1);
}

TEST_CASE("train --max-lr auto takes what the range test suggests, and keeps it when it is resumed") {
    const TemporaryDirectory directory;
    const auto out = directory / "run";
    Program program{tiny_training(out, {"--max-lr", "auto", "--limit-train", "2", "--batch-size", "1"})};
    REQUIRE(program.wait_until([&] { return std::filesystem::exists(out / "checkpoint.safetensors"); }));
    program.signal(SIGKILL);
    const std::string printed = program.wait().out;
    CHECK(std::filesystem::exists(out / "lr_finder.svg"));
    const Outcome resumed =
        run(tiny_training(out, {"--max-lr", "auto", "--limit-train", "2", "--batch-size", "1", "--resume"}));
    CAPTURE(resumed.error);
    CHECK(resumed.status == 0);
    CHECK(resumed.out.find("Suggested by") == std::string::npos);
    double suggested = 0, first = 0;
    CHECK(std::sscanf(lines_with(printed, "Suggested by").at(0).c_str(), "Suggested by the rule 'valley': LRMAX %lf",
                      &suggested) == 1);
    CHECK(std::sscanf(lines_of(content_of(out / "history.csv")).at(1).c_str(), "1,%lf", &first) == 1);
    CHECK(first == doctest::Approx(suggested / 100).epsilon(0.01));
}
