#include "examples/program.hpp"

#include <cmath>
#include <cstdlib>

using namespace tinyres_test;

namespace {

/// The rates of the reference's log.
constexpr double reference_rates[24] = {3.2e-06,
                                        6.656000000000011e-05,
                                        0.0001299199999999999,
                                        0.00019328,
                                        0.0002566400000000001,
                                        0.00031999999999999986,
                                        0.0003033263157894737,
                                        0.0002866526315789474,
                                        0.0002699789473684211,
                                        0.0002533052631578948,
                                        0.0002366315789473684,
                                        0.00021995789473684213,
                                        0.0002032842105263158,
                                        0.00018661052631578954,
                                        0.0001699368421052631,
                                        0.00015326315789473684,
                                        0.0001365894736842106,
                                        0.00011991578947368415,
                                        0.0001032421052631579,
                                        8.656842105263165e-05,
                                        6.98947368421052e-05,
                                        5.3221052631578956e-05,
                                        3.6547368421052686e-05,
                                        1.9873684210526257e-05};

std::vector<double> rates_of(const std::string& text) {
    std::vector<double> rates;
    for (const std::string& line : lines_of(text)) {
        const std::string start = "Epoch " + std::to_string(rates.size() + 1) + " LR [";
        CAPTURE(line);
        CHECK(line.starts_with(start));
        CHECK(line.ends_with("]"));
        rates.push_back(std::atof(line.c_str() + start.size()));
    }
    return rates;
}

} // namespace

TEST_CASE("The schedule has the rates of the reference's log") {
    const Outcome outcome = run({"schedule"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.starts_with("Epoch 1 LR [3.2e-06]\nEpoch 2 LR [6.656e-05]\nEpoch 3 LR [0.00012992]\n"));
    const std::vector<double> rates = rates_of(outcome.out);
    REQUIRE(rates.size() == 24);
    for (std::size_t epoch = 0; epoch < 24; ++epoch) CHECK(std::abs(rates[epoch] - reference_rates[epoch]) < 1e-12);
}

TEST_CASE("The schedule's peak stays at 5/24 of the run unless it is given") {
    const auto highest_at = [](const Arguments& more) {
        Arguments arguments{"schedule", "--max-lr", "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const std::vector<double> rates = rates_of(run(arguments).out);
        return std::max_element(rates.begin(), rates.end()) - rates.begin();
    };
    CHECK(highest_at({"--epochs", "48"}) == 10);
    CHECK(highest_at({"--epochs", "48", "--peak-epoch", "7"}) == 7);
    CHECK(highest_at({"--epochs", "48", "--batch-size", "7", "--train-images", "20"}) == 10);
}
