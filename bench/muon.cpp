// Muon's step on matrices as networks have them: seconds, and the share of the multiply-adds that the machine reaches
// at that moment, counted as the iteration is written down (plan/muon.hpp), with half of the symmetric products.
//     build/release/bin/bench_muon [--benchmark_filter=...]
// OMP_NUM_THREADS sets the threads.
#include "peak.hpp"

#include <tinyres/backend/cpu/muon.hpp>
#include <vector>

namespace {

using namespace tinyres;

/// Products of one step, as they are written down.
double multiply_adds(const MuonUpdate& update) {
    const double n = update.shorter(), longer = update.longer();
    return update.iterations * (0.5 * n * n * longer + 0.5 * n * n * n + n * n * longer);
}

void step(benchmark::State& state) {
    const MuonUpdate update{.iterations = static_cast<int>(state.range(2)),
                            .rows = static_cast<int>(state.range(0)),
                            .columns = static_cast<int>(state.range(1))};
    const auto count = static_cast<std::size_t>(update.rows) * static_cast<std::size_t>(update.columns);
    std::vector<float> parameters(count), gradients(count), moment(count),
        scratch(Kernel<Cpu<>, MuonUpdate>::scratch(update.rows, update.columns));
    for (std::size_t i = 0; i < count; ++i) gradients[i] = static_cast<float>((i * 7919) % 1000) / 1000.0f - 0.5f;
    const Cpu<> cpu;
    for (auto _ : state)
        Kernel<Cpu<>, MuonUpdate>::apply(
            cpu, update,
            {.count = count, .parameters = parameters.data(), .gradients = gradients.data(), .moment1 = moment.data()},
            scratch.data());
    state.counters["GFLOP/s"] =
        benchmark::Counter(2e-9 * multiply_adds(update), benchmark::Counter::kIsIterationInvariantRate);
    state.counters["of peak"] = benchmark::Counter(2e-9 * multiply_adds(update) / peak_gflops(cpu.threads()),
                                                   benchmark::Counter::kIsIterationInvariantRate);
}

} // namespace

// Filters of S10 and of examples/speedrun: inputs times 9, outputs, iterations.
BENCHMARK(step)
    ->ArgNames({"rows", "columns", "iterations"})
    ->Args({9 * 512, 512, 5})
    ->Args({9 * 256, 512, 5})
    ->Args({9 * 128, 256, 5})
    ->Args({9 * 128, 128, 5})
    ->Args({9 * 256, 256, 3})
    ->Args({9 * 64, 256, 3})
    ->Args({9 * 64, 64, 3})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
