#include "tinyres/data/shuffle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace tr = tinyres;

namespace {

std::vector<int> shuffled(std::size_t size, std::uint64_t seed, int epoch) {
    std::vector<int> order(size, -1);
    tr::shuffled_order(order, seed, epoch);
    return order;
}

} // namespace

TEST_CASE("a shuffled order holds every index once") {
    for (const std::size_t size : {0u, 1u, 2u, 1000u}) {
        std::vector<int> order = shuffled(size, 1, 0);
        std::sort(order.begin(), order.end());
        for (std::size_t i = 0; i < size; ++i) CHECK(order[i] == static_cast<int>(i));
    }
}

TEST_CASE("seed and epoch determine the order") {
    CHECK(shuffled(1000, 1, 2) == shuffled(1000, 1, 2));
    CHECK(shuffled(1000, 1, 2) != shuffled(1000, 1, 3));
    CHECK(shuffled(1000, 1, 2) != shuffled(1000, 2, 2));
}

TEST_CASE("all orders are about equally frequent") {
    std::map<std::vector<int>, int> counts;
    for (int epoch = 0; epoch < 6000; ++epoch) ++counts[shuffled(3, 9, epoch)];
    CHECK(counts.size() == 6);
    for (const auto& [order, count] : counts) {
        CHECK(count > 800);
        CHECK(count < 1200);
    }
}
