#pragma once

#include "tinyres/core/config.hpp"

#include <array>
#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {

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

namespace detail {

/// The tenants' numbers in the order of `time(tenant)`, those of equal time as they come.
template <std::size_t Count, class Time>
constexpr auto sorted_by(const std::array<Tenant, Count>& tenants, Time time) {
    std::array<int, Count> order{};
    std::array<int, 2 * Count + 3> start{};
    for (const Tenant& tenant : tenants) ++start[static_cast<std::size_t>(time(tenant)) + 1];
    for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
    for (std::size_t index = 0; index < Count; ++index)
        order[static_cast<std::size_t>(start[static_cast<std::size_t>(time(tenants[index]))]++)] =
            static_cast<int>(index);
    return order;
}

constexpr bool live_together(const Tenant& a, const Tenant& b) {
    return a.birth <= b.death && b.birth <= a.death;
}

/// Puts tenants into the first gap that is wide enough, each after those that it must keep apart from.
template <std::size_t Count>
class FirstFit {
public:
    explicit constexpr FirstFit(std::array<Tenant, Count>& tenants) : tenants_(&tenants) {}

    /// Above `offset`. Forgets placed ones that live with neither this one nor, as `forget` says, with later ones.
    template <class Forget>
    constexpr void place(int index, std::size_t offset, Forget forget) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count_; ++i)
            if (!forget((*tenants_)[static_cast<std::size_t>(placed_[i])])) placed_[kept++] = placed_[i];
        count_ = kept;
        Tenant& tenant = (*tenants_)[static_cast<std::size_t>(index)];
        const std::size_t size = cache_lines(tenant.bytes);
        for (std::size_t i = 0; i < count_;) {
            const Tenant& other = (*tenants_)[static_cast<std::size_t>(placed_[i])];
            const std::size_t end = other.offset + cache_lines(other.bytes);
            if (live_together(tenant, other) && offset < end && other.offset < offset + size) {
                offset = end;
                i = 0;
            } else {
                ++i;
            }
        }
        tenant.offset = offset;
        placed_[count_++] = index;
        if (used_ < offset + size) used_ = offset + size;
    }

    constexpr std::size_t used() const { return used_; }

private:
    std::array<Tenant, Count>* tenants_;
    std::array<int, Count> placed_{};
    std::size_t count_ = 0;
    std::size_t used_ = 0;
};

} // namespace detail

/// Gives every tenant an offset so that no two that live at the same time overlap, and returns the bytes needed in all.
///
/// What lives across the loss (activations kept for backward) dies in the reverse order of its birth and so makes a
/// stack, which grows in forward and shrinks in backward; everything else is short-lived and goes to the first gap
/// above the stack: of forward in the order of birth, of backward from the last to die, so that where the stack is low
/// there is room for what is large. This takes one pass, where a general packing is quadratic.
template <std::size_t Count>
constexpr std::size_t assign_offsets(std::array<Tenant, Count>& tenants, int steps) {
    const auto by_birth = detail::sorted_by(tenants, [](const Tenant& tenant) { return tenant.birth; });
    const auto in_stack = [&](const Tenant& tenant) { return tenant.birth < steps && tenant.death > steps; };
    const auto at = [](int time) { return static_cast<std::size_t>(time); };
    std::array<std::size_t, 2 * Count + 2> top{}; // of the stack at each time
    std::size_t used = 0;
    for (const int index : by_birth) {
        Tenant& tenant = tenants[at(index)];
        if (tenant.bytes == 0 || !in_stack(tenant)) continue;
        tenant.offset = used;
        used += cache_lines(tenant.bytes);
        top[at(tenant.birth)] = used;
        if (top[at(tenant.death)] < used) top[at(tenant.death)] = used;
    }
    for (int time = 1; time <= steps; ++time) // forward: the stack never shrinks
        if (top[at(time)] < top[at(time) - 1]) top[at(time)] = top[at(time) - 1];
    for (int time = 2 * steps - 1; time > steps; --time) // backward: it never grows
        if (top[at(time)] < top[at(time) + 1]) top[at(time)] = top[at(time) + 1];

    detail::FirstFit<Count> fit(tenants);
    for (const int index : by_birth) {
        const Tenant& tenant = tenants[at(index)];
        if (tenant.bytes == 0 || in_stack(tenant) || tenant.birth >= steps) continue;
        fit.place(index, top[at(tenant.death < steps ? tenant.death : steps)],
                  [&](const Tenant& other) { return other.death < tenant.birth; });
    }
    const auto by_death = detail::sorted_by(
        tenants, [&](const Tenant& tenant) { return tenant.bytes == 0 ? 0 : 2 * steps - tenant.death; });
    for (const int index : by_death) {
        const Tenant& tenant = tenants[at(index)];
        if (tenant.bytes == 0 || tenant.birth < steps) continue;
        fit.place(index, top[at(tenant.birth)],
                  [&](const Tenant& other) { return other.birth > tenant.death || other.death < steps; });
    }
    return used < fit.used() ? fit.used() : used;
}

} // namespace TINYRES_ARCH
} // namespace tinyres
