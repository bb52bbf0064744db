#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstddef>

namespace tinyres::inline TINYRES_ARCH {

/// A piece of memory that a step of the plan needs from time `birth` to time `death` (both included).
/// Times: forward of step i is i, the loss is S (the number of steps), backward of step i is 2 S - i.
struct Tenant {
    std::size_t bytes = 0; ///< for each image; 0 where nothing is needed
    int birth = 0;
    int death = -1;
    std::size_t offset = 0; ///< found by assign_offsets
};

/// Bytes of a cache line, which is also the widest register.
inline constexpr std::size_t cache_line = 64;

/// Rounds up to whole cache lines, so that every offset times the batch size stays aligned to 64 bytes.
constexpr std::size_t cache_lines(std::size_t bytes) {
    return (bytes + cache_line - 1) / cache_line * cache_line;
}

/// Gives every tenant an offset so that no two that live at the same time overlap, and returns the bytes needed in all.
///
/// What lives across the loss (activations kept for backward) dies in the reverse order of its birth and so makes a
/// stack, which grows in forward and shrinks in backward; everything else is short-lived and goes to the first gap
/// above the stack. This takes one pass, where a general packing is quadratic.
template <std::size_t Count>
constexpr std::size_t assign_offsets(std::array<Tenant, Count>& tenants, int steps) {
    constexpr std::size_t times = 2 * Count + 2;
    std::array<std::size_t, times> top{}; // of the stack at each time
    std::array<int, Count> by_birth{};
    std::size_t used = 0;
    {
        std::array<int, times + 1> start{};
        for (const Tenant& tenant : tenants) ++start[static_cast<std::size_t>(tenant.birth) + 1];
        for (std::size_t time = 1; time < start.size(); ++time) start[time] += start[time - 1];
        for (std::size_t index = 0; index < Count; ++index) {
            const auto birth = static_cast<std::size_t>(tenants[index].birth);
            by_birth[static_cast<std::size_t>(start[birth]++)] = static_cast<int>(index);
        }
    }
    const auto in_stack = [&](const Tenant& tenant) { return tenant.birth < steps && tenant.death > steps; };
    for (const int index : by_birth) {
        Tenant& tenant = tenants[static_cast<std::size_t>(index)];
        if (tenant.bytes == 0 || !in_stack(tenant)) continue;
        tenant.offset = used;
        used += cache_lines(tenant.bytes);
        top[static_cast<std::size_t>(tenant.birth)] = used;
        if (top[static_cast<std::size_t>(tenant.death)] < used) top[static_cast<std::size_t>(tenant.death)] = used;
    }
    for (int time = 1; time <= steps; ++time) { // forward: the stack never shrinks
        const auto now = static_cast<std::size_t>(time);
        if (top[now] < top[now - 1]) top[now] = top[now - 1];
    }
    for (int time = 2 * steps - 1; time > steps; --time) { // backward: it never grows
        const auto now = static_cast<std::size_t>(time);
        if (top[now] < top[now + 1]) top[now] = top[now + 1];
    }

    std::array<int, Count> living{};
    std::size_t living_count = 0;
    for (const int index : by_birth) {
        Tenant& tenant = tenants[static_cast<std::size_t>(index)];
        if (tenant.bytes == 0 || in_stack(tenant)) continue;
        std::size_t kept = 0;
        for (std::size_t other = 0; other < living_count; ++other)
            if (tenants[static_cast<std::size_t>(living[other])].death >= tenant.birth) living[kept++] = living[other];
        living_count = kept;

        std::size_t offset = 0;
        if (tenant.birth <= steps)
            offset = top[static_cast<std::size_t>(tenant.death < steps ? tenant.death : steps)];
        else
            offset = top[static_cast<std::size_t>(tenant.birth)];
        const std::size_t size = cache_lines(tenant.bytes);
        for (std::size_t other = 0; other < living_count;) {
            const Tenant& neighbour = tenants[static_cast<std::size_t>(living[other])];
            const std::size_t end = neighbour.offset + cache_lines(neighbour.bytes);
            if (offset < end && neighbour.offset < offset + size) {
                offset = end;
                other = 0;
            } else {
                ++other;
            }
        }
        tenant.offset = offset;
        living[living_count++] = index;
        if (used < offset + size) used = offset + size;
    }
    return used;
}

} // namespace tinyres::inline TINYRES_ARCH
