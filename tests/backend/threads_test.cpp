#include "tinyres/backend/cpu/parallel.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace tr = tinyres;

namespace {

/// How often each of `count` items was done.
std::vector<int> times_done(int threads, std::ptrdiff_t count, std::ptrdiff_t piece) {
    std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
    tr::cpu::parallel(
        threads, count,
        [&](int, tr::cpu::Items& items) {
            items.for_each([&](std::ptrdiff_t item) { ++done[static_cast<std::size_t>(item)]; });
        },
        piece);
    return {done.begin(), done.end()};
}

} // namespace

TEST_CASE("threads do each item of their work once") {
    for (const int threads : {1, 2, 3, 9})
        for (const std::ptrdiff_t count : {1, 2, 7, 1000})
            for (const std::ptrdiff_t piece : {1, 3, 2000}) {
                CAPTURE(threads);
                CAPTURE(count);
                CAPTURE(piece);
                CHECK(times_done(threads, count, piece) == std::vector<int>(static_cast<std::size_t>(count), 1));
            }
    tr::cpu::parallel(4, 0, [](int, tr::cpu::Items&) { FAIL("there is nothing to do"); });
}

TEST_CASE("threads that work together have numbers of their own below the number that was asked for") {
    constexpr int threads = 4;
    for (int repetition = 0; repetition < 100; ++repetition) {
        std::array<std::atomic<int>, threads> seen{};
        std::atomic<int> outside{0};
        tr::cpu::parallel(threads, 64, [&](int thread, tr::cpu::Items& items) {
            if (thread < 0 || thread >= threads)
                ++outside;
            else
                ++seen[static_cast<std::size_t>(thread)];
            items.for_each([](std::ptrdiff_t) {});
        });
        CHECK(outside == 0);
        CHECK(seen[0] == 1);
        for (const std::atomic<int>& count : seen) CHECK(count <= 1);
    }
}

TEST_CASE("more than one thread works where the work is long enough") {
    std::mutex mutex;
    std::set<std::thread::id> workers;
    for (int attempt = 0; attempt < 200 && workers.size() < 2; ++attempt)
        tr::cpu::parallel(2, 8, [&](int, tr::cpu::Items& items) {
            items.for_each([&](std::ptrdiff_t) { std::this_thread::sleep_for(std::chrono::milliseconds(1)); });
            const std::lock_guard lock(mutex);
            workers.insert(std::this_thread::get_id());
        });
    CHECK(workers.size() >= 2);
}

TEST_CASE("what is written by one thread is seen by the thread that asked for the work") {
    std::vector<int> values(1000);
    for (int round = 1; round <= 2000; ++round) {
        tr::cpu::parallel_for(3, 1000, [&](std::ptrdiff_t item) { values[static_cast<std::size_t>(item)] += 1; });
        std::ptrdiff_t wrong = 0;
        for (const int value : values) wrong += value != round;
        REQUIRE(wrong == 0);
    }
}

TEST_CASE("work inside of work is done by the thread that meets it") {
    std::atomic<int> done{0};
    std::atomic<int> elsewhere{0};
    tr::cpu::parallel_for(2, 16, [&](std::ptrdiff_t) {
        const std::thread::id here = std::this_thread::get_id();
        tr::cpu::parallel_for(2, 16, [&](std::ptrdiff_t) {
            ++done;
            if (std::this_thread::get_id() != here) ++elsewhere;
        });
    });
    CHECK(done == 256);
    CHECK(elsewhere == 0);
}

TEST_CASE("in a parallel region of the program's own, each thread does its own work") {
    std::atomic<int> done{0};
    std::atomic<int> elsewhere{0};
#pragma omp parallel num_threads(2)
    {
        const std::thread::id here = std::this_thread::get_id();
        tr::cpu::parallel_for(4, 16, [&](std::ptrdiff_t) {
            ++done;
            if (std::this_thread::get_id() != here) ++elsewhere;
        });
    }
    CHECK(done == 32);
    CHECK(elsewhere == 0);
}

TEST_CASE("many threads of a program can have work for several threads at once") {
    std::atomic<int> wrong{0};
    std::vector<std::jthread> leaders;
    for (int leader = 0; leader < 20; ++leader) // more than the team takes tasks from
        leaders.emplace_back([&] {
            for (int repetition = 0; repetition < 50; ++repetition)
                for (const int times : times_done(3, 100, 1)) wrong += times != 1;
        });
    leaders.clear();
    CHECK(wrong == 0);
}

TEST_CASE("ranges cover all elements and are cut between cache lines") {
    for (const std::ptrdiff_t count : {1, 31, 32, 8193, 100'000}) {
        std::vector<int> done(static_cast<std::size_t>(count));
        std::atomic<int> uneven{0};
        tr::cpu::parallel_ranges(3, count, [&](tr::cpu::Range range) {
            uneven += range.begin % 32 != 0 || (range.end % 32 != 0 && range.end != count);
            for (std::ptrdiff_t i = range.begin; i < range.end; ++i) ++done[static_cast<std::size_t>(i)];
        });
        CHECK(uneven == 0);
        CHECK(done == std::vector<int>(static_cast<std::size_t>(count), 1));
    }
}

TEST_CASE("small operations use few threads") {
    CHECK(tr::cpu::useful_threads(8, 0) == 1);
    CHECK(tr::cpu::useful_threads(8, 1000) == 1);
    CHECK(tr::cpu::useful_threads(8, 50'000) == 3);
    CHECK(tr::cpu::useful_threads(8, 1'000'000'000) == 8);
    CHECK(tr::cpu::useful_threads(1, 1'000'000'000) == 1);
}
