#pragma once

#include "tinyres/backend/cpu/simd.hpp"
#include "tinyres/core/bfloat16.hpp"
#include "tinyres/core/error.hpp"

// The compilers do not agree on the name; Linux is asked for leave to use it.
#if (defined(__AMX_BF16__) || defined(__AMXBF16__)) && defined(__linux__)
#define TINYRES_AMX 1
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <immintrin.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#else
#define TINYRES_AMX 0
#endif

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Matrix units multiply tiles: 16 rows of 32 bfloat16 numbers by 16 rows of 16 pairs of them, of which row k holds
/// what belongs to the left side's columns 2k and 2k + 1. Either is 64 bytes a row, 1024 bytes in all, without gaps.
struct TileSize {
    static constexpr int rows = 16;
    static constexpr int columns = 16;
    static constexpr int depth = 32;
    static constexpr int elements = rows * depth;
};

/// Whether mixed precision runs on a matrix unit: it is compiled in, and `Arch` is an instruction set that has it.
template <class Arch>
inline constexpr bool has_matrix_unit = TINYRES_AMX&& lane_count<Lanes<Arch>> == 16;

#if TINYRES_AMX
/// Intel's matrix unit (AMX with bfloat16). A thread has one block of sums, of 2 by `Columns` tiles (1 or 2), which it
/// clears or loads, adds products to and stores:
///
///     sums[r][c] += sum over k < 32 of a[r][k] * b[k / 2][c][k % 2]
///
/// in float; subnormal numbers are zeros to it.
struct AmxTiles {
    /// Throws Error unless the system lets the program use the unit; call once before the first Session.
    static void require() {
        constexpr int request_permission = 0x1023; // ARCH_REQ_XCOMP_PERM, which older headers lack
        constexpr int tile_data = 18;
        if (syscall(SYS_arch_prctl, request_permission, tile_data) != 0)
            throw Error("Cpu<bfloat16>: this program was compiled for AMX, which this machine does not let it use (" +
                        std::string(std::strerror(errno)) +
                        "); compile it for another instruction set, such as -march=icelake-server, or use fp32");
    }

    /// While it lives, its thread has tiles.
    class Session {
    public:
        Session() {
            struct alignas(64) Configuration {
                std::uint8_t palette = 1;
                std::uint8_t start_row = 0;
                std::uint8_t reserved[14] = {};
                std::uint16_t bytes_of_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
                std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
            };
            static constexpr Configuration configuration{};
            _tile_loadconfig(&configuration);
        }
        ~Session() { _tile_release(); }
        Session(const Session&) = delete;
        Session& operator=(const Session&) = delete;
    };

    template <int Columns>
    [[gnu::always_inline]] static void clear() {
        order_memory_accesses();
        _tile_zero(0);
        _tile_zero(1);
        if constexpr (Columns == 2) {
            _tile_zero(2);
            _tile_zero(3);
        }
    }

    /// `sums` (32, 16 * Columns).
    template <int Columns>
    [[gnu::always_inline]] static void load(const float* sums) {
        order_memory_accesses();
        _tile_loadd(0, sums, Columns * 64);
        _tile_loadd(1, sums + Columns * 256, Columns * 64);
        if constexpr (Columns == 2) {
            _tile_loadd(2, sums + 16, Columns * 64);
            _tile_loadd(3, sums + Columns * 256 + 16, Columns * 64);
        }
    }

    /// `sums` (32, 16 * Columns).
    template <int Columns>
    [[gnu::always_inline]] static void store(float* sums) {
        _tile_stored(0, sums, Columns * 64);
        _tile_stored(1, sums + Columns * 256, Columns * 64);
        if constexpr (Columns == 2) {
            _tile_stored(2, sums + 16, Columns * 64);
            _tile_stored(3, sums + Columns * 256 + 16, Columns * 64);
        }
        order_memory_accesses();
    }

    /// sums += a * b: `a` two tiles one below the other, `b` one tile and, for two Columns, `right` the one beside it.
    template <int Columns>
    [[gnu::always_inline]] static void multiply_add(const bfloat16* a, const bfloat16* b, const bfloat16* right) {
        _tile_loadd(4, a, 64);
        _tile_loadd(6, b, 64);
        if constexpr (Columns == 2) _tile_loadd(7, right, 64);
        _tile_loadd(5, a + TileSize::elements, 64);
        _tile_dpbf16ps(0, 4, 6);
        if constexpr (Columns == 2) _tile_dpbf16ps(2, 4, 7);
        _tile_dpbf16ps(1, 5, 6);
        if constexpr (Columns == 2) _tile_dpbf16ps(3, 5, 7);
    }

private:
    /// g++'s intrinsics do not say that they read memory: without this, stores before them might come after them.
    static void order_memory_accesses() { asm volatile("" ::: "memory"); }
};
#endif

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
