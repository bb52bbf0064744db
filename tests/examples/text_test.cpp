#include "../../examples/programs/csv.hpp"
#include "../../examples/programs/text.hpp"

#include <doctest/doctest.h>

TEST_CASE("a text is measured and cut by characters, not by bytes") {
    CHECK(example::columns_of("fox") == 3);
    CHECK(example::columns_of("\xC3\xBC\xF0\x9F\xA6\x8A") == 2); // two letters of two and four bytes
    CHECK(example::shortened("fox", 3) == "fox");
    CHECK(example::shortened("foxes", 3) == "fo\u2026");
    CHECK(example::shortened("\xC3\xBC\xC3\xBC\xC3\xBC", 2) == "\xC3\xBC\u2026");
}

TEST_CASE("a field of a CSV file is quoted where it must be") {
    CHECK(example::csv_field("a fox") == "a fox");
    CHECK(example::csv_field("a, b") == "\"a, b\"");
    CHECK(example::csv_field("a \"b\"") == "\"a \"\"b\"\"\"");
    CHECK(example::csv_field("a\nb") == "\"a\nb\"");
}
