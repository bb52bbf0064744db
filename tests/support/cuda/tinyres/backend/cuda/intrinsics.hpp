#pragma once

#include "tinyres/core/bfloat16.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <cuda_runtime.h>
#include <type_traits>

/// The backend's intrinsics.hpp for the emulated GPU: the same functions, which say there what they do. Here they also
/// check what they are given.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

namespace emulation {

inline void require_aligned(const char* who, const void* address) {
    if (reinterpret_cast<std::uintptr_t>(address) % 16 != 0)
        cuda_shim::Block::current().fail(std::string(who) + " was given an address that is not aligned to 16 bytes");
}

inline void require_shared(const char* who, const void* address) {
    if (!cuda_shim::Block::current().shared().holds(address, 16))
        cuda_shim::Block::current().fail(std::string(who) + " was given an address that is not in shared memory");
}

inline void complete(cuda_shim::Copy copy) {
    if (copy.from != nullptr)
        std::memcpy(copy.to, copy.from, 16);
    else
        std::memset(copy.to, 0, 16);
}

/// One lane's part of load_matrices.
struct MatrixRows {
    std::uint32_t* to;
    const unsigned char* row;
};

template <bool transposed>
void load_matrices(cuda_shim::Lanes<MatrixRows> lanes, unsigned) {
    for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned matrix = 0; matrix < 4; ++matrix) {
            std::array<std::uint16_t, 2> pair{};
            for (unsigned i = 0; i < 2; ++i) {
                const unsigned row = transposed ? lane % 4 * 2 + i : lane / 4;
                const unsigned column = transposed ? lane / 4 : lane % 4 * 2 + i;
                std::memcpy(&pair[i], lanes[matrix * 8 + row].row + column * 2, 2);
            }
            lanes[lane].to[matrix] = std::uint32_t{pair[0]} | std::uint32_t{pair[1]} << 16;
        }
}

template <bool transposed>
void meet_to_load(const char* name, std::uint32_t (&to)[4], const void* row, cuda_shim::Site site) {
    require_aligned(name, row);
    require_shared(name, row);
    MatrixRows rows{to, static_cast<const unsigned char*>(row)};
    cuda_shim::meet<load_matrices<transposed>>(name, ~0u, rows, site);
}

/// One lane's operands of multiply_tiles.
template <int Rows, int Columns>
struct Tiles {
    float (*d)[Columns][4];
    const std::uint32_t (*a)[4];
    const std::uint32_t (*b)[2];
};

/// The numbers in a word of an operand, 2 of bfloat16 or 1 of float, `stride` floats apart.
template <class T>
void unpack(std::uint32_t word, float* to, unsigned stride) {
    if constexpr (sizeof(T) == 2) {
        to[0] = std::bit_cast<float>(word << 16);
        to[stride] = std::bit_cast<float>(word & 0xffff'0000u);
    } else {
        const auto number = std::bit_cast<float>(word);
        if (!cuda_shim::settings.exact_tf32 && (word & 0x1fffu) != 0 && number == number)
            cuda_shim::Block::current().fail("multiply_tiles was given a number that is not rounded to TF32");
        *to = number;
    }
}

/// Eight floats; a compiler makes one register of it where there is one.
using Row [[gnu::vector_size(32)]] = float;

/// d += a * b
template <unsigned depth>
void multiply_tile(float (&d)[16][8], const float (&a)[16][depth], const float (&b)[depth][8]) {
    Row rows[depth];
    std::memcpy(rows, b, sizeof rows);
    for (unsigned i = 0; i < 16; ++i) {
        Row sums;
        std::memcpy(&sums, d[i], sizeof sums);
        for (unsigned k = 0; k < depth; ++k) sums += a[i][k] * rows[k];
        std::memcpy(d[i], &sums, sizeof sums);
    }
}

template <class T, int Rows, int Columns>
void multiply_tiles(cuda_shim::Lanes<Tiles<Rows, Columns>> lanes, unsigned) {
    constexpr unsigned in_word = sizeof(T) == 2 ? 2 : 1;
    constexpr unsigned depth = 8 * in_word;
    alignas(64) float a[Rows][16][depth];
    alignas(64) float b[Columns][depth][8];
    for (unsigned lane = 0; lane < 32; ++lane) {
        const unsigned g = lane / 4;
        const unsigned t = lane % 4;
        const Tiles<Rows, Columns>& tiles = lanes[lane];
        for (int m = 0; m < Rows; ++m)
            for (unsigned i = 0; i < 4; ++i)
                unpack<T>(tiles.a[m][i], &a[m][g + i % 2 * 8][(t + i / 2 * 4) * in_word], 1);
        for (int n = 0; n < Columns; ++n)
            for (unsigned i = 0; i < 2; ++i) unpack<T>(tiles.b[n][i], &b[n][(t + i * 4) * in_word][g], 8);
    }
    for (int m = 0; m < Rows; ++m)
        for (int n = 0; n < Columns; ++n) {
            alignas(64) float d[16][8];
            for (unsigned lane = 0; lane < 32; ++lane) {
                const float(&mine)[4] = lanes[lane].d[m][n];
                for (unsigned i = 0; i < 4; ++i) d[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2] = mine[i];
            }
            multiply_tile(d, a[m], b[n]);
            for (unsigned lane = 0; lane < 32; ++lane) {
                float(&mine)[4] = lanes[lane].d[m][n];
                for (unsigned i = 0; i < 4; ++i) mine[i] = d[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2];
            }
        }
}

} // namespace emulation

template <class T>
T& shared_memory() {
    static_assert(alignof(T) <= 128 && std::is_trivially_default_constructible_v<T>);
    const cuda_shim::Block& block = cuda_shim::Block::current();
    if (sizeof(T) > block.shared().size())
        block.fail("uses " + std::to_string(sizeof(T)) + " bytes of shared memory, was launched with " +
                   std::to_string(block.shared().size()));
    return *reinterpret_cast<T*>(block.shared().data());
}

/// Until the copy is waited for, what is in its target is undefined, here NaN: another thread may still need what was
/// there, or read too early.
inline void copy_async(void* to, const void* from, bool valid) {
    emulation::require_aligned("copy_async", to);
    emulation::require_aligned("copy_async", from);
    emulation::require_shared("copy_async", to);
    std::memset(to, 0xff, 16);
    cuda_shim::Block::current().thread().copies.push_back({to, valid ? from : nullptr});
}

inline void commit_copies() {
    cuda_shim::Thread& thread = cuda_shim::Block::current().thread();
    thread.copy_groups.push_back(thread.copies.size());
}

template <int Pending>
void wait_for_copies() {
    cuda_shim::Thread& thread = cuda_shim::Block::current().thread();
    auto& groups = thread.copy_groups;
    if (groups.size() <= Pending) return;
    const auto completed = static_cast<std::ptrdiff_t>(groups.size() - Pending);
    const std::size_t end = groups[static_cast<std::size_t>(completed) - 1];
    for (std::size_t i = 0; i < end; ++i) emulation::complete(thread.copies[i]);
    thread.copies.erase(thread.copies.begin(), thread.copies.begin() + static_cast<std::ptrdiff_t>(end));
    groups.erase(groups.begin(), groups.begin() + completed);
    for (std::size_t& group : groups) group -= end;
}

inline void load_matrices(std::uint32_t (&to)[4], const void* row, cuda_shim::Site site = cuda_shim::Site::here()) {
    emulation::meet_to_load<false>("load_matrices", to, row, site);
}

inline void load_matrices_transposed(std::uint32_t (&to)[4], const void* row,
                                     cuda_shim::Site site = cuda_shim::Site::here()) {
    emulation::meet_to_load<true>("load_matrices_transposed", to, row, site);
}

/// To nearest, ties away from zero.
inline std::uint32_t round_to_tf32(std::uint32_t value) {
    if (cuda_shim::settings.exact_tf32) return value;
    const bool nan = (value & 0x7fff'ffffu) > 0x7f80'0000u;
    return nan ? 0x7fff'ffffu : (value + 0x1000u) & ~0x1fffu;
}

inline std::uint32_t pack_bfloat16(float low, float high) {
    return std::uint32_t{bfloat16(low).bits} | std::uint32_t{bfloat16(high).bits} << 16;
}

template <class T, int Rows, int Columns>
void multiply_tiles(float (&d)[Rows][Columns][4], const std::uint32_t (&a)[Rows][4],
                    const std::uint32_t (&b)[Columns][2], cuda_shim::Site site = cuda_shim::Site::here()) {
    emulation::Tiles<Rows, Columns> tiles{d, a, b};
    cuda_shim::meet<emulation::multiply_tiles<T, Rows, Columns>>("multiply_tiles", ~0u, tiles, site);
}

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
