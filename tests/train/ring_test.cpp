#include <doctest/doctest.h>
#include <memory>
#include <tinyres/train/ring.hpp>

namespace tr = tinyres;

TEST_CASE("A ring gives back what it was given in its order, round and round") {
    tr::detail::Ring<std::unique_ptr<int>, 3> ring;
    CHECK(ring.empty());
    int given = 0;
    int taken = 0;
    for (int round = 0; round < 5; ++round) {
        while (ring.size() < 3) ring.push_back(std::make_unique<int>(given++));
        for (std::size_t i = 0; i < 3; ++i) CHECK(*ring[i] == taken + static_cast<int>(i));
        for (int i = 0; i < 2; ++i) {
            CHECK(*ring.front() == taken++);
            ring.pop_front();
        }
        CHECK(ring.size() == 1);
    }
}

TEST_CASE("A ring lets go of what is taken out") {
    tr::detail::Ring<std::shared_ptr<int>, 2> ring;
    const auto value = std::make_shared<int>(1);
    ring.push_back(value);
    CHECK(value.use_count() == 2);
    ring.pop_front();
    CHECK(value.use_count() == 1);
}
