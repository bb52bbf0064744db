#include "run_on.hpp"

#include <tinyres/backend/cpu/kernels.hpp>

namespace example {

void run_fp32(const Options& options, const Data& data, std::uint64_t seed, Stopwatch& watch, const OnRow& on_row) {
    Run{options, data, seed, tr::Cpu<>{options.threads}}.run(watch, on_row);
}

} // namespace example
