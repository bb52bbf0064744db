#include "tinyres/random/philox.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <vector>

namespace tr = tinyres;

namespace {

using Words = std::array<std::uint32_t, 4>;

} // namespace

TEST_CASE("Philox4x32-10 gives the known answers of its authors' library Random123") {
    static_assert(tr::philox({0, 0}, {0, 0, 0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    static_assert(tr::philox({0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}) ==
                  Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    static_assert(tr::philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
                  Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a random block is Philox of seed and of element, major, minor and purpose") {
    constexpr tr::RandomKey key{0x299f31d0a4093822, tr::Purpose::shuffle, 0x13198a2e, 0x03707344};
    static_assert(tr::random_block(key, 0x85a308d3243f6a88) ==
                  tr::philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x33707344}));
}

TEST_CASE("element i of a stream is word i % 4 of block i / 4, however it is read") {
    constexpr tr::RandomKey key{7, tr::Purpose::augmentation, 3, 11};
    tr::RandomStream stream(key);
    for (std::uint64_t i = 0; i < 101; ++i) {
        const std::uint32_t word = stream.word();
        CHECK(word == tr::random_block(key, i / 4)[i % 4]);
        CHECK(word == tr::random_word(key, i));
    }
}

TEST_CASE("a copied stream goes on from the same place") {
    tr::RandomStream stream({5, tr::Purpose::augmentation, 0, 0});
    stream.word();
    stream.word();
    tr::RandomStream copy = stream;
    for (int i = 0; i < 9; ++i) CHECK(copy.word() == stream.word());
}

TEST_CASE("streams of another seed, purpose, major or minor differ") {
    const tr::RandomKey key{5, tr::Purpose::dropout, 1, 2};
    const std::vector<tr::RandomKey> others{key,
                                            {6, tr::Purpose::dropout, 1, 2},
                                            {5 + (std::uint64_t{1} << 32), tr::Purpose::dropout, 1, 2},
                                            {5, tr::Purpose::shuffle, 1, 2},
                                            {5, tr::Purpose::dropout, 2, 2},
                                            {5, tr::Purpose::dropout, 1, 3},
                                            {5, tr::Purpose::dropout, 2, 1}};
    std::set<std::uint32_t> words;
    for (const tr::RandomKey& other : others)
        for (std::uint64_t i = 0; i < 1000; ++i) words.insert(tr::random_word(other, i));
    // 7000 words of 32 bits: about 0.006 coincidences are to be expected.
    CHECK(words.size() >= 6998);
}

TEST_CASE("to_uniform covers [0, 1) in steps of 2^-24") {
    static_assert(tr::to_uniform(0) == 0.0f);
    static_assert(tr::to_uniform(0xff) == 0.0f);
    static_assert(tr::to_uniform(0x100) == 0x1p-24f);
    static_assert(tr::to_uniform(0x80000000) == 0.5f);
    static_assert(tr::to_uniform(0xffffffff) == 1.0f - 0x1p-24f);
}

TEST_CASE("uniform numbers have the mean, the variance and the histogram of a uniform distribution") {
    constexpr int count = 100'000;
    constexpr int bins = 50;
    std::vector<int> histogram(bins, 0);
    double sum = 0.0;
    double square_sum = 0.0;
    double product_sum = 0.0;
    double previous = 0.5;
    tr::RandomStream stream({1, tr::Purpose::initialization, 0, 0});
    for (int i = 0; i < count; ++i) {
        const double value = static_cast<double>(stream.uniform());
        REQUIRE(value >= 0.0);
        REQUIRE(value < 1.0);
        ++histogram[static_cast<std::size_t>(value * bins)];
        sum += value;
        square_sum += (value - 0.5) * (value - 0.5);
        product_sum += (value - 0.5) * (previous - 0.5);
        previous = value;
    }
    // Five standard deviations of each figure; with 49 degrees of freedom chi^2 is below 100 but for 1 in 50,000.
    CHECK(std::abs(sum / count - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
    CHECK(std::abs(square_sum / count - 1.0 / 12) < 5 * std::sqrt(1.0 / 180 / count));
    CHECK(std::abs(product_sum / count) < 5 * std::sqrt(1.0 / 144 / count));
    double chi_square = 0.0;
    for (const int found : histogram) {
        const double expected = static_cast<double>(count) / bins;
        chi_square += (found - expected) * (found - expected) / expected;
    }
    CHECK(chi_square < 100.0);
    CHECK(chi_square > 15.0);
}

TEST_CASE("uniform(low, high) stays within its bounds") {
    tr::RandomStream stream({2, tr::Purpose::augmentation, 0, 0});
    for (int i = 0; i < 10'000; ++i) {
        const float value = stream.uniform(-3.0f, 0.5f);
        REQUIRE(value >= -3.0f);
        REQUIRE(value < 0.5f);
    }
}

TEST_CASE("below(n) draws every number from 0 to n - 1 about equally often") {
    tr::RandomStream stream({3, tr::Purpose::augmentation, 0, 0});
    std::vector<int> counts(9, 0);
    for (int i = 0; i < 9000; ++i) ++counts.at(static_cast<std::size_t>(stream.below(9)));
    for (const int count : counts) {
        CHECK(count > 850);
        CHECK(count < 1150);
    }
    for (int i = 0; i < 10; ++i) CHECK(stream.below(1) == 0);
}
