#include "tinyres/io/checksum.hpp"

#include <doctest/doctest.h>
#include <string_view>

TEST_CASE("FNV-1a gives its published values") {
    const auto hash = [](std::string_view text) {
        tinyres::Fnv1a64 state;
        state.update(text);
        return tinyres::to_hex(state.value());
    };
    CHECK(hash("") == "cbf29ce484222325");
    CHECK(hash("a") == "af63dc4c8601ec8c");
    CHECK(hash("foobar") == "85944171f73967e8");
}
