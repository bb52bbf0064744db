#include "options.hpp"

#include <tinyres/core/error.hpp>

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

} // namespace example
