#include "error_of.hpp"
#include "tinyres/train/history.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using tinyres_test::error_of;
using tinyres_test::holds;

TEST_CASE("A history is a CSV file or JSON lines, with all digits of its numbers") {
    tr::History history({"epoch", "loss", "accuracy"});
    CHECK(history.csv() == "epoch,loss,accuracy\n");
    CHECK(history.json_lines().empty());
    history.append({1, 2.25, 0.1});
    history.append({20, 3.2e-6, 1.0 / 3});
    history.append({1000000, 1e300, std::nan("")});
    CHECK(history.csv() == "epoch,loss,accuracy\n1,2.25,0.1\n20,3.2e-06,0.3333333333333333\n1000000,1e+300,nan\n");
    CHECK(history.json_lines() == "{\"epoch\":1,\"loss\":2.25,\"accuracy\":0.1}\n"
                                  "{\"epoch\":20,\"loss\":3.2e-06,\"accuracy\":0.3333333333333333}\n"
                                  "{\"epoch\":1000000,\"loss\":1e+300,\"accuracy\":null}\n");
    CHECK(history.rows().size() == 3);
    CHECK(history.columns().at(1) == "loss");
}

TEST_CASE("A history that is read has the numbers that were written, to the bit") {
    tr::History history({"a", "b"});
    for (double value = 1.0 / 3; value < 1e20; value *= 7.7) history.append({value, -value / 1e25});
    history.append({std::numeric_limits<double>::infinity(), std::numeric_limits<double>::denorm_min()});
    const tr::History read = tr::History::from_csv(history.csv(), {"a", "b"}, "it.csv");
    CHECK(read.rows() == history.rows());
    CHECK(read.csv() == history.csv());
}

TEST_CASE("A loop over the rows of a history that is a temporary keeps them") {
    double sum = 0.0;
    for (const std::vector<double>& row : tr::History::from_csv("a,b\n1,2\n3,4\n", {"a", "b"}, "it.csv").rows())
        sum += row[0] * row[1];
    CHECK(sum == 14.0);
}

TEST_CASE("What is no history is refused, with the file and the line") {
    const auto complaint = [](const std::string& text) {
        return error_of([&] { tr::History::from_csv(text, {"a", "b"}, "it.csv"); });
    };
    CHECK(complaint("a,b\n") == "no error");
    CHECK(complaint("a,b\n1,2") == "no error");
    CHECK(complaint("") == "'it.csv' is damaged: line 1 is not \"a,b\"");
    CHECK(complaint("a,c\n1,2\n") == "'it.csv' is damaged: line 1 is not \"a,b\"");
    for (const char* line : {"1", "1,2,3", "1,", ",2", "1,x", "1,2 ", ""})
        CHECK(complaint("a,b\n3,4\n" + std::string(line) + "\n5,6\n") ==
              "'it.csv' is damaged: line 3 does not hold 2 numbers");

    for (const char* name : {"", "a,b", "a\"", "a\\", "a\nb", "other"}) {
        CAPTURE(name);
        CHECK(holds(error_of([&] { tr::History({"other", name}); }), "cannot be the name of a column"));
    }
    tr::History history({"a"});
    CHECK(holds(error_of([&] { history.append({1, 2}); }), "a row of 2 numbers for 1 columns"));
}
