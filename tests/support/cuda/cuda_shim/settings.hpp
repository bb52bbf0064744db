#pragma once

#include <cstddef>
#include <initializer_list>
#include <limits>

namespace cuda_shim {

/// Whether the GPU is emulated; tests/support/gpu stands here for a real one.
inline constexpr bool emulated = true;

/// In what order the threads of a block run between two barriers; a barrier that is missing often shows in one only.
/// Ascending and descending run one warp as far as it gets before the next; shuffled mixes warps and lanes.
enum class Order { ascending, descending, shuffled };

/// The machine that programs see, and what is checked. Change them between, not during, launches.
struct Settings {
    Order order = Order::ascending;
    unsigned seed = 1; ///< of the shuffled order

    /// Whether streams put work off until something waits for it: what the host does not wait for has not happened.
    bool lazy_streams = false;
    /// Whether the pointers that are arguments of kernels may point to memory that cudaMalloc did not give.
    bool allow_host_pointers = false;

    /// Whether round_to_tf32 leaves numbers as they are, so that a test sees errors other than the rounding.
    bool exact_tf32 = false;

    bool driver = true;
    int devices = 1;
    int capability_major = 9;
    int capability_minor = 0;
    int multiprocessors = 132;
    int compiled_for = 80; ///< the least compute capability that the program has code for, times ten
    std::size_t memory = std::numeric_limits<std::size_t>::max(); ///< of the device, in bytes

    /// How many more calls succeed before one fails; below 0, none fails.
    int allocations_before_failure = -1;
    int launches_before_failure = -1; ///< of kernels and graphs
    int graphs_before_failure = -1;   ///< made ready for launching
};
inline Settings settings;

/// Puts back at the end of a scope what the settings were.
class RestoreSettings {
public:
    RestoreSettings() = default;
    RestoreSettings(const RestoreSettings&) = delete;
    RestoreSettings& operator=(const RestoreSettings&) = delete;
    ~RestoreSettings() { settings = before_; }

private:
    Settings before_ = settings;
};

/// Calls `action` once in each order.
template <class Action>
void in_every_order(Action&& action) {
    const RestoreSettings restore;
    for (const Order order : {Order::ascending, Order::descending, Order::shuffled}) {
        settings.order = order;
        action();
    }
}

/// Whether a count such as `launches_before_failure` is used up with this call.
inline bool fails_now(int& calls_before_failure) {
    return calls_before_failure >= 0 && calls_before_failure-- == 0;
}

} // namespace cuda_shim
