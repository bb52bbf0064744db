#pragma once

#include "block.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

namespace cuda_shim {

/// The operands of the lanes of a warp, by lane.
template <class Operands>
struct Lanes {
    void* const* operands;
    Operands& operator[](unsigned lane) const { return *static_cast<Operands*>(operands[lane]); }
};

/// Has the lanes in `mask` meet with their operands; `operation(lanes, mask)` then writes each lane's results to them.
template <auto operation, class Operands>
void meet(const char* name, unsigned mask, Operands& operands, Site site) {
    Block::current().meet(
        name, [](void* const* lanes, unsigned together) { operation(Lanes<Operands>{lanes}, together); }, mask,
        &operands, site);
}

/// Calls `action` with each lane in `mask`.
template <class Action>
void for_each_lane(unsigned mask, Action&& action) {
    for (; mask != 0; mask &= mask - 1) action(static_cast<unsigned>(std::countr_zero(mask)));
}

/// What a lane gives to a shuffle, whose value it wants and what it gets.
template <class T>
struct Exchange {
    T value;
    unsigned source;
    T result;
};

template <class T>
void exchange(Lanes<Exchange<T>> lanes, unsigned mask) {
    for_each_lane(mask, [&](unsigned lane) {
        const unsigned source = lanes[lane].source;
        if ((mask >> source & 1u) == 0)
            Block::current().fail("lane " + std::to_string(lane) + " shuffles with lane " + std::to_string(source) +
                                  ", which the mask leaves out");
        lanes[lane].result = lanes[source].value;
    });
}

template <class T>
T shuffle(const char* name, unsigned mask, T value, unsigned source, Site site) {
    Exchange<T> mine{value, source, value};
    meet<exchange<T>>(name, mask, mine, site);
    return mine.result;
}

inline unsigned this_lane() {
    return Block::current().thread().lane();
}

struct Vote {
    bool vote;
    unsigned votes;
};

inline void count_votes(Lanes<Vote> lanes, unsigned mask) {
    unsigned votes = 0;
    for_each_lane(mask, [&](unsigned lane) { votes |= lanes[lane].vote ? 1u << lane : 0u; });
    for_each_lane(mask, [&](unsigned lane) { lanes[lane].votes = votes; });
}

inline unsigned votes(const char* name, unsigned mask, bool vote, Site site) {
    Vote mine{vote, 0};
    meet<count_votes>(name, mask, mine, site);
    return mine.votes;
}

struct Nothing {};
inline void do_nothing(Lanes<Nothing>, unsigned) {}

} // namespace cuda_shim

inline void __syncthreads(cuda_shim::Site site = cuda_shim::Site::here()) {
    cuda_shim::Block::current().wait_at_barrier(site);
}

inline void __syncwarp(unsigned mask = ~0u, cuda_shim::Site site = cuda_shim::Site::here()) {
    cuda_shim::Nothing nothing;
    cuda_shim::meet<cuda_shim::do_nothing>("__syncwarp", mask, nothing, site);
}

/// Of shuffles a width, a power of two, splits the warp into groups, each of which is by itself.
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize,
              cuda_shim::Site site = cuda_shim::Site::here()) {
    const auto group = static_cast<unsigned>(width);
    const unsigned lane = cuda_shim::this_lane();
    return cuda_shim::shuffle("__shfl_sync", mask, value, lane / group * group + static_cast<unsigned>(source) % group,
                              site);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = warpSize,
                  cuda_shim::Site site = cuda_shim::Site::here()) {
    const auto group = static_cast<unsigned>(width);
    const unsigned lane = cuda_shim::this_lane();
    const unsigned other = lane ^ static_cast<unsigned>(bits);
    // A group may read those before it, not those behind it.
    return cuda_shim::shuffle("__shfl_xor_sync", mask, value, other / group > lane / group ? lane : other, site);
}

template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = warpSize,
                   cuda_shim::Site site = cuda_shim::Site::here()) {
    const auto group = static_cast<unsigned>(width);
    const unsigned lane = cuda_shim::this_lane();
    return cuda_shim::shuffle("__shfl_down_sync", mask, value, lane % group + distance < group ? lane + distance : lane,
                              site);
}

template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = warpSize,
                 cuda_shim::Site site = cuda_shim::Site::here()) {
    const auto group = static_cast<unsigned>(width);
    const unsigned lane = cuda_shim::this_lane();
    return cuda_shim::shuffle("__shfl_up_sync", mask, value, lane % group >= distance ? lane - distance : lane, site);
}

inline unsigned __ballot_sync(unsigned mask, int vote, cuda_shim::Site site = cuda_shim::Site::here()) {
    return cuda_shim::votes("__ballot_sync", mask, vote != 0, site);
}
inline int __any_sync(unsigned mask, int vote, cuda_shim::Site site = cuda_shim::Site::here()) {
    return cuda_shim::votes("__any_sync", mask, vote != 0, site) != 0 ? 1 : 0;
}
inline int __all_sync(unsigned mask, int vote, cuda_shim::Site site = cuda_shim::Site::here()) {
    return cuda_shim::votes("__all_sync", mask, vote != 0, site) == mask ? 1 : 0;
}

inline unsigned __float_as_uint(float value) {
    return std::bit_cast<unsigned>(value);
}
inline float __uint_as_float(unsigned value) {
    return std::bit_cast<float>(value);
}
inline int __float_as_int(float value) {
    return std::bit_cast<int>(value);
}
inline float __int_as_float(int value) {
    return std::bit_cast<float>(value);
}
inline float rsqrtf(float value) {
    return 1.0f / std::sqrt(value);
}
template <class T>
T __ldg(const T* from) {
    return *from;
}
