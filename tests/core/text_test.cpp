#include "tinyres/core/text.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

TEST_CASE("Text appends strings and numbers while compiling") {
    constexpr tr::Text path = [] {
        tr::Text text("layer");
        text.append(".");
        text.append(0);
        text.append(".");
        text.append(1307);
        return text;
    }();
    static_assert(path == "layer.0.1307");
    static_assert(path.length == 12);
    CHECK(path.view() == "layer.0.1307");
}

TEST_CASE("Text holds 63 characters and refuses the next one") {
    tr::Text text;
    for (int i = 0; i < tr::Text::capacity; ++i) text.append("x");
    CHECK(text.length == 63);
    CHECK_THROWS(text.append("x"));
    CHECK(text.length == 63);
}
