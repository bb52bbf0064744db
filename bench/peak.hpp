#pragma once

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <tinyres/backend/cpu/cpu.hpp>

/// The multiply-adds that `threads` threads reach at this moment when they do nothing else, in GFLOP/s: what a kernel's
/// figure is a share of. Best of a few short runs.
inline double peak_gflops(int threads) {
    using V = tinyres::cpu::Lanes<xsimd::default_arch>;
    constexpr int chains = 12; // more than latency times units on today's machines
    constexpr int rounds = 100'000;
    const int parts = 20 * threads;
    double best = 0.0;
    for (int repetition = 0; repetition < 5; ++repetition) {
        const auto start = std::chrono::steady_clock::now();
        tinyres::cpu::parallel_for(threads, parts, [&](std::ptrdiff_t part) {
            V sums[chains];
            for (int chain = 0; chain < chains; ++chain) sums[chain] = V(static_cast<float>(part + chain));
            const V factor(0.999f);
            const V term(0.001f);
            for (int round = 0; round < rounds; ++round)
                tinyres::cpu::unrolled<chains>(
                    [&](auto i) { sums[i] = tinyres::cpu::multiply_add(sums[i], factor, term); });
            for (int chain = 1; chain < chains; ++chain) sums[0] += sums[chain];
            float values[tinyres::cpu::lane_count<V>];
            tinyres::cpu::store(sums[0], values);
            benchmark::DoNotOptimize(values);
        });
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        const double operations = 2.0 * chains * rounds * tinyres::cpu::lane_count<V> * parts;
        best = std::max(best, operations / seconds.count() / 1e9);
    }
    return best;
}
