#pragma once

#include <atomic>
#include <cstddef>
#include <limits>

/// What stands for the emulation's settings (tests/support/cuda) where the tests run on a real GPU, so that they
/// compile alike. Nothing can be set there: tests that need it are skipped (`emulated`).
namespace cuda_shim {

inline constexpr bool emulated = false;

enum class Order { ascending, descending, shuffled };

struct Settings {
    Order order = Order::ascending;
    bool lazy_streams = false;
    bool exact_tf32 = false;
    bool driver = true;
    int devices = 1;
    int capability_major = 9;
    int compiled_for = 80;
    std::size_t memory = std::numeric_limits<std::size_t>::max();
    int allocations_before_failure = -1;
    int launches_before_failure = -1;
    int graphs_before_failure = -1;
};
inline Settings settings;

class RestoreSettings {
public:
    RestoreSettings() = default;
    RestoreSettings(const RestoreSettings&) = delete;
    RestoreSettings& operator=(const RestoreSettings&) = delete;
    ~RestoreSettings() {}
};

/// A GPU takes its threads in an order of its own: calls `action` a few times.
template <class Action>
void in_every_order(Action&& action) {
    for (int repetition = 0; repetition < 3; ++repetition) action();
}

// Only the emulation counts.
inline std::atomic<int> host_waits = 0;
inline std::atomic<int> graph_launches = 0;
inline std::size_t device_bytes_in_use() {
    return 0;
}

} // namespace cuda_shim
