#include "../../examples/programs/duration.hpp"
#include "../../examples/programs/python_number.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace example;

TEST_CASE("python_number writes what Python's repr does") {
    CHECK(python_number(3.2e-6) == "3.2e-06");
    CHECK(python_number(6.656000000000011e-05) == "6.656000000000011e-05");
    CHECK(python_number(0.0001299199999999999) == "0.0001299199999999999");
    CHECK(python_number(0.0001) == "0.0001");
    CHECK(python_number(0.00009999) == "9.999e-05");
    CHECK(python_number(0.0) == "0.0");
    CHECK(python_number(-0.0) == "-0.0");
    CHECK(python_number(1.0) == "1.0");
    CHECK(python_number(-2.5) == "-2.5");
    CHECK(python_number(0.1 + 0.2) == "0.30000000000000004");
    CHECK(python_number(123456789.0) == "123456789.0");
    CHECK(python_number(9999999999999998.0) == "9999999999999998.0");
    CHECK(python_number(1e16) == "1e+16");
    CHECK(python_number(1.5e300) == "1.5e+300");
    CHECK(python_number(5e-324) == "5e-324");
    CHECK(python_number(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(python_number(-std::numeric_limits<double>::infinity()) == "-inf");
    CHECK(python_number(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("rounded_python_number leaves the noise of the arithmetic out") {
    CHECK(python_number(3.2e-4 / 100) == "3.2000000000000003e-06");
    CHECK(rounded_python_number(3.2e-4 / 100) == "3.2e-06");
    CHECK(rounded_python_number(0.0003033263157894737) == "0.000303326315789474");
    CHECK(rounded_python_number(1.0) == "1.0");
}

TEST_CASE("durations are told in seconds, minutes or hours") {
    CHECK(spoken_duration(0.4) == "0 s");
    CHECK(spoken_duration(89.4) == "89 s");
    CHECK(spoken_duration(120) == "2 min");
    CHECK(spoken_duration(3900) == "1 h 05 min");
    CHECK(spoken_duration(3599) == "1 h 00 min");
    CHECK(clock_duration(5) == "0:05");
    CHECK(clock_duration(272) == "4:32");
    CHECK(clock_duration(3900) == "1:05:00");
}

TEST_CASE("with_commas groups digits by threes") {
    CHECK(with_commas(0) == "0");
    CHECK(with_commas(999) == "999");
    CHECK(with_commas(1000) == "1,000");
    CHECK(with_commas(6575370) == "6,575,370");
    CHECK(with_commas(-1234) == "-1,234");
}
