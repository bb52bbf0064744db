#pragma once

#include "machine.hpp"

namespace example {

/// The memory that a backend computes in. A backend with memory of its own has a specialization.
template <class Backend>
struct BackendMemory {
    /// All there is of it.
    static std::size_t bytes() { return memory_of_machine(); }
};

} // namespace example
