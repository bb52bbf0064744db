#pragma once

#include <cstddef>
#include <string>

namespace example {

/// What a program runs on.
struct Machine {
    std::string backend = "cpu";    ///< cpu, cuda or reference
    std::string precision = "fp32"; ///< fp32, or bf16: mixed precision
    int threads = 0;                ///< 0: all that there are
};

/// Throws Error, naming the flag, when a value is impossible.
void check_machine(const Machine& machine);

/// How many threads compute, `count`, and why so many.
std::string threads_text(const Machine& machine, int count);

/// All the memory of this machine, in bytes.
std::size_t memory_of_machine();

/// Throws Error when there is less than `bytes` of memory, before the machine begins to swap or kills the program;
/// `there` is all the memory where it computes.
void require_memory(std::size_t bytes, std::size_t there, const Machine& machine, int batch_size);

} // namespace example
