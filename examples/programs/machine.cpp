#include "machine.hpp"

#include "text.hpp"

#include <tinyres/backend/cpu/threads/default_threads.hpp>
#include <tinyres/core/error.hpp>
#include <unistd.h>

namespace example {

void check_machine(const Machine& machine) {
    if (machine.threads < 0)
        throw tinyres::Error("--threads: " + std::to_string(machine.threads) +
                             " is impossible; give 0 (all that there are) or more");
    constexpr int most = 1024;
    if (machine.threads > most)
        throw tinyres::Error("--threads: " + std::to_string(machine.threads) + " are too many; give at most " +
                             std::to_string(most));
}

std::string threads_text(const Machine& machine, int count) {
    std::string text = std::to_string(count);
    if (machine.backend != "cpu") return text;
    return text + " (" + (machine.threads > 0 ? "--threads" : tinyres::default_threads().reason) + ")";
}

std::size_t memory_of_machine() {
    return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void require_memory(std::size_t bytes, std::size_t there, const Machine& machine, int batch_size) {
    if (bytes <= there) return;
    throw tinyres::Error(printed("--batch-size: batches of %d need %.1f GB of memory, %s has %.1f GB; give a smaller "
                                 "batch size",
                                 batch_size, static_cast<double>(bytes) / 1e9,
                                 machine.backend == "cuda" ? "the GPU" : "this machine",
                                 static_cast<double>(there) / 1e9));
}

} // namespace example
