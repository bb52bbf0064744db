#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/parallel.hpp"
#include "tinyres/backend/cpu/updates.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/muon.hpp"
#include "tinyres/plan/update.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// MuonUpdate's formula. The products run on the register tiles of the convolutions; every sum has one order, whatever
/// the number of threads.
template <class T, class Arch>
struct MuonKernel {
    /// Sums of squares in double; X (longer, shorter) and the next one, A and b A + c A A (shorter, shorter), and what
    /// a product reads in panels.
    static std::size_t scratch(int rows, int columns) {
        const MuonUpdate update{.rows = rows, .columns = columns};
        const auto n = static_cast<std::size_t>(update.shorter());
        const std::size_t count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
        return 2 * NormClip::slices(count) + 2 * count + 2 * n * n +
               packed_size(update.shorter(), (std::max)(depth_at_once, update.shorter()), columns_at_once) +
               packed_size(update.shorter(), depth_at_once, rows_at_once);
    }

    static void apply(const Cpu<T, Arch>& cpu, const MuonUpdate& update, const UpdatePass<float>& pass,
                      float* scratch) {
        const int n = update.shorter(), longer = update.longer();
        double* const squares = reinterpret_cast<double*>(scratch);
        float* x = scratch + 2 * NormClip::slices(pass.count);
        float* next = x + pass.count;
        float* const gram = next + pass.count;
        float* const polynomial = gram + std::ptrdiff_t{n} * n;
        float* const packed = polynomial + std::ptrdiff_t{n} * n;
        begin(cpu, update, pass, squares, x, next);
        for (int iteration = 0; iteration < update.iterations; ++iteration) {
            multiply_by_itself(cpu, longer, n, x, gram, packed);
            multiply(cpu, n, n, gram, gram, MuonUpdate::c, MuonUpdate::b, polynomial, packed);
            multiply(cpu, longer, n, x, polynomial, 1.0, MuonUpdate::a, next, packed);
            std::swap(x, next);
        }
        finish(cpu, update, pass, x);
    }

private:
    using V = Lanes<Arch>;
    static constexpr int columns_at_once = Tile<Arch>::columns;
    static constexpr int rows_at_once = Tile<Arch>::tall_rows;
    static constexpr int depth_at_once = 256; ///< rows of X whose panels and columns stay in the caches
    static constexpr int tiles_at_once = 8;   ///< that use a panel one after the other

    static constexpr int panels_of(int columns, int width) { return (columns + width - 1) / width; }
    static constexpr std::size_t packed_size(int columns, int depth, int width) {
        return static_cast<std::size_t>(panels_of(columns, width)) * static_cast<std::size_t>(width) *
               static_cast<std::size_t>(depth);
    }
    static int threads_for(const Cpu<T, Arch>& cpu, double products) {
        return useful_threads(cpu.threads(), static_cast<std::ptrdiff_t>(products / lane_count<V>));
    }

    /// The momentum, and what is orthogonalized, divided by its norm, in `x`.
    static void begin(const Cpu<T, Arch>& cpu, const MuonUpdate& update, const UpdatePass<float>& pass, double* squares,
                      float* x, float* other) {
        const bool turned = update.rows < update.columns;
        const auto beta = static_cast<float>(update.momentum), rest = static_cast<float>(1.0 - update.momentum);
        float* const u = turned ? other : x;
        const std::ptrdiff_t slices = static_cast<std::ptrdiff_t>(NormClip::slices(pass.count));
        parallel_for(cpu.threads(), slices, [&](std::ptrdiff_t slice) {
            const std::size_t first = static_cast<std::size_t>(slice) * NormClip::slice;
            const std::size_t end = (std::min)(first + NormClip::slice, pass.count);
            for (std::size_t i = first; i < end; ++i) {
                const float gradient = pass.gradients[i];
                float& m = pass.moment1[i];
                m += rest * (gradient - m);
                u[i] = update.nesterov ? gradient + beta * (m - gradient) : m;
            }
        });
        Kernel<Cpu<T, Arch>, NormClip>::sum_squares(cpu, u, pass.count, squares);
        const double norm = std::sqrt(std::accumulate(squares, squares + slices, 0.0));
        const auto factor = static_cast<float>(1.0 / (norm + 1e-7));
        parallel_for(cpu.threads(), update.longer(), [&](std::ptrdiff_t row) {
            const int n = update.shorter();
            for (int k = 0; k < n; ++k)
                x[row * n + k] = factor * (turned ? u[std::ptrdiff_t{k} * update.columns + row] : u[row * n + k]);
        });
    }

    static void finish(const Cpu<T, Arch>& cpu, const MuonUpdate& update, const UpdatePass<float>& pass,
                       const float* x) {
        const auto shrink = static_cast<float>(update.shrink);
        const auto step = static_cast<float>(update.rate * update.scale());
        parallel_for(cpu.threads(), update.rows, [&](std::ptrdiff_t row) {
            float* const p = pass.parameters + row * update.columns;
            for (int k = 0; k < update.columns; ++k)
                p[k] =
                    shrink * p[k] - step * (update.rows >= update.columns ? x[row * update.columns + k]
                                                                          : x[std::ptrdiff_t{k} * update.rows + row]);
        });
    }

    /// `count` rows of a matrix of `columns` columns in panels, (panel, count, Width), filled up with zeros.
    template <int Width>
    static void pack(const Cpu<T, Arch>& cpu, const float* matrix, int count, int columns, float* packed) {
        parallel_for(threads_for(cpu, 16.0 * count * columns), panels_of(columns, Width), [&](std::ptrdiff_t panel) {
            const std::ptrdiff_t first = panel * Width;
            const auto width = std::min<std::ptrdiff_t>(Width, columns - first);
            float* to = packed + first * count;
            for (int row = 0; row < count; ++row, to += Width) {
                std::copy_n(matrix + std::ptrdiff_t{row} * columns + first, width, to);
                std::fill(to + width, to + Width, 0.0f);
            }
        });
    }

    /// A tile of a product: to[r][:] = keep * from[r][:] + factor * sum over k < depth of left[r * row + k * step] *
    /// panel[k][:]. `to` and `from` have `n` columns, of which this are those from `column` on.
    template <int Rows>
    static void multiply_tile(const float* left, std::ptrdiff_t row, std::ptrdiff_t step, const float* panel, int depth,
                              float factor, const float* from, float keep, float* to, int n, std::ptrdiff_t column) {
        Accumulators<Arch, Rows> sum;
        clear(sum);
        multiply_accumulate(
            sum, left, [row](auto r) { return r * row; }, step, panel, depth);
        const auto width = std::min<std::ptrdiff_t>(columns_at_once, n - column);
        unrolled<Rows>([&](auto r) {
            float products[std::size_t{columns_at_once}];
            unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], products + j * lane_count<V>); });
            const std::ptrdiff_t at = r * std::ptrdiff_t{n} + column;
            for (std::ptrdiff_t k = 0; k < width; ++k) to[at + k] = keep * from[at + k] + factor * products[k];
        });
    }

    /// Calls `function(rows, row)` for the rows of a tile from `row` on; at the end of all `count` they come one by
    /// one.
    template <class Function>
    static void for_rows(std::ptrdiff_t row, std::ptrdiff_t count, Function function) {
        if (row + rows_at_once <= count) return function(std::integral_constant<int, rows_at_once>{}, row);
        for (; row < count; ++row) function(std::integral_constant<int, 1>{}, row);
    }

    /// gram (n, n) = X^T X, by parts of X that stay in the second-level cache; it is symmetric, so half is copied.
    static void multiply_by_itself(const Cpu<T, Arch>& cpu, int longer, int n, const float* x, float* gram,
                                   float* packed) {
        const int tiles = panels_of(n, rows_at_once), panels = panels_of(n, columns_at_once);
        float* const left = packed + packed_size(n, (std::max)(depth_at_once, n), columns_at_once);
        std::fill_n(gram, std::ptrdiff_t{n} * n, 0.0f);
        for (int first = 0; first < longer; first += depth_at_once) {
            const int depth = (std::min)(depth_at_once, longer - first);
            const float* const part = x + std::ptrdiff_t{first} * n;
            pack<columns_at_once>(cpu, part, depth, n, packed);
            pack<rows_at_once>(cpu, part, depth, n, left);
            parallel_for(
                threads_for(cpu, 0.5 * n * n * depth), std::ptrdiff_t{panels} * tiles, [&](std::ptrdiff_t item) {
                    const std::ptrdiff_t column = item / tiles * columns_at_once, tile = item % tiles * rows_at_once;
                    if (tile >= column + columns_at_once) return; // below the diagonal
                    for_rows(tile, n, [&](auto rows, std::ptrdiff_t row) {
                        float* const to = gram + row * n;
                        multiply_tile<rows>(left + tile * depth + (row - tile), 1, rows_at_once,
                                            packed + column * depth, depth, 1.0f, to, 1.0f, to, n, column);
                    });
                });
        }
        for (std::ptrdiff_t row = 1; row < n; ++row)
            for (std::ptrdiff_t column = 0; column < row; ++column) gram[row * n + column] = gram[column * n + row];
    }

    /// to (count, n) = keep * left + factor * left right, with left (count, n) and right (n, n).
    static void multiply(const Cpu<T, Arch>& cpu, int count, int n, const float* left, const float* right,
                         double factor, double keep, float* to, float* packed) {
        pack<columns_at_once>(cpu, right, n, n, packed);
        constexpr int block = rows_at_once * tiles_at_once;
        parallel_for(threads_for(cpu, 1.0 * count * n * n), (count + block - 1) / block, [&](std::ptrdiff_t item) {
            const std::ptrdiff_t end = std::min<std::ptrdiff_t>((item + 1) * block, count);
            for (std::ptrdiff_t column = 0; column < n; column += columns_at_once)
                for (std::ptrdiff_t first = item * block; first < end; first += rows_at_once)
                    for_rows(first, count, [&](auto rows, std::ptrdiff_t row) {
                        multiply_tile<rows>(left + row * n, n, 1, packed + column * n, n, static_cast<float>(factor),
                                            left + row * n, static_cast<float>(keep), to + row * n, n, column);
                    });
        });
    }
};

} // namespace cpu

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, MuonUpdate> : cpu::MuonKernel<T, Arch> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
