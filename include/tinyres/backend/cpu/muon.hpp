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

/// MuonUpdate's formula, where X is only met at the beginning and at the end: each X is the first one times a
/// polynomial of its gram matrix A = X^T X. All of these are symmetric (n, n) and commute, so with X's shorter side n
///
///     P = a I + b A + c A A,   Q = Q P,   A = A P P,   and at the end X = X Q,
///
/// and of every product but the last half is computed. That is a third of the multiply-adds of S10's largest filters.
/// The products run on the register tiles of the convolutions; every sum has one order, whatever the number of threads.
template <class T, class Arch>
struct MuonKernel {
    /// Sums of squares in double; X (longer, shorter) and the next one, four matrices (shorter, shorter), and what a
    /// product reads in panels.
    static std::size_t scratch(int rows, int columns) {
        const MuonUpdate update{.rows = rows, .columns = columns};
        const int n = update.shorter();
        const std::size_t count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
        return 2 * NormClip::slices(count) + 2 * count + 4 * square(n) +
               packed_size(n, (std::max)(depth_at_once, n), columns_at_once) +
               packed_size(n, depth_at_once, rows_at_once);
    }

    static void apply(const Cpu<T, Arch>& cpu, const MuonUpdate& update, const UpdatePass<float>& pass,
                      float* scratch) {
        const int n = update.shorter(), longer = update.longer();
        double* const squares = reinterpret_cast<double*>(scratch);
        float* x = scratch + 2 * NormClip::slices(pass.count);
        float* next = x + pass.count;
        float* const gram = next + pass.count;
        float* const polynomial = gram + square(n);
        float* product = polynomial + square(n);
        float* spare = product + square(n);
        float* const packed = gram + 4 * square(n);
        begin(cpu, update, pass, squares, x, next);
        for (int done = 0; done < update.iterations; done += iterations_at_once) {
            const int iterations = (std::min)(iterations_at_once, update.iterations - done);
            multiply_symmetric(cpu, longer, n, x, x, {}, gram, packed);
            for (int iteration = 0; iteration < iterations; ++iteration) {
                float* const p = iteration == 0 ? product : polynomial;
                multiply_symmetric(cpu, n, n, gram, gram,
                                   {.factor = static_cast<float>(MuonUpdate::c),
                                    .added = gram,
                                    .added_factor = static_cast<float>(MuonUpdate::b),
                                    .diagonal = static_cast<float>(MuonUpdate::a)},
                                   p, packed);
                if (iteration > 0) {
                    multiply_symmetric(cpu, n, n, product, p, {}, spare, packed);
                    std::swap(product, spare);
                }
                if (iteration + 1 == iterations) break;
                const float* const factor = iteration == 0 ? product : polynomial;
                multiply_symmetric(cpu, n, n, gram, factor, {}, spare, packed);
                multiply_symmetric(cpu, n, n, spare, factor, {}, gram, packed);
            }
            multiply(cpu, longer, n, x, product, next, packed);
            std::swap(x, next);
        }
        finish(cpu, update, pass, squares, x);
    }

private:
    using V = Lanes<Arch>;
    static constexpr int columns_at_once = Tile<Arch>::columns;
    static constexpr int rows_at_once = Tile<Arch>::tall_rows;
    static constexpr int depth_at_once = 256; ///< rows of X whose panels and columns stay in the caches
    static constexpr int tiles_at_once = 8;   ///< that use a panel one after the other
    /// Where X has no part, rounding gives A eigenvalues of 1e-7, which an iteration multiplies by up to a^2 = 12: in
    /// the fifth they are 1e-3, still nothing beside a. Then A is made anew.
    static constexpr int iterations_at_once = 5;

    /// What becomes of a product: to = factor * product + added_factor * added + diagonal * I.
    struct Sum {
        float factor = 1.0f;
        const float* added = nullptr;
        float added_factor = 0.0f;
        float diagonal = 0.0f;
    };

    static constexpr std::size_t square(int n) { return static_cast<std::size_t>(n) * static_cast<std::size_t>(n); }
    static constexpr int panels_of(int columns, int width) { return (columns + width - 1) / width; }
    static constexpr std::size_t packed_size(int columns, int depth, int width) {
        return static_cast<std::size_t>(panels_of(columns, width)) * static_cast<std::size_t>(width) *
               static_cast<std::size_t>(depth);
    }
    static int threads_for(const Cpu<T, Arch>& cpu, double products) {
        return useful_threads(cpu.threads(), static_cast<std::ptrdiff_t>(products / lane_count<V>));
    }

    /// `squares` has room for the sum of each slice.
    static double norm_of(const Cpu<T, Arch>& cpu, const float* values, std::size_t count, double* squares) {
        Kernel<Cpu<T, Arch>, NormClip>::sum_squares(cpu, values, count, squares);
        return std::sqrt(std::accumulate(squares, squares + NormClip::slices(count), 0.0));
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
        const auto factor = static_cast<float>(1.0 / (norm_of(cpu, u, pass.count, squares) + 1e-7));
        parallel_for(cpu.threads(), update.longer(), [&](std::ptrdiff_t row) {
            const int n = update.shorter();
            for (int k = 0; k < n; ++k)
                x[row * n + k] = factor * (turned ? u[std::ptrdiff_t{k} * update.columns + row] : u[row * n + k]);
        });
    }

    static void finish(const Cpu<T, Arch>& cpu, const MuonUpdate& update, const UpdatePass<float>& pass,
                       double* squares, const float* x) {
        const double norm = update.rescaled ? norm_of(cpu, pass.parameters, pass.count, squares) : 0.0;
        const auto keep = static_cast<float>(update.keep(norm));
        const auto step = static_cast<float>(update.rate * update.scale());
        parallel_for(cpu.threads(), update.rows, [&](std::ptrdiff_t row) {
            float* const p = pass.parameters + row * update.columns;
            for (int k = 0; k < update.columns; ++k)
                p[k] = keep * p[k] - step * (update.rows >= update.columns ? x[row * update.columns + k]
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

    /// A tile of a product: to[r][:] = added_factor * added[r][:] + factor * sum over k < depth of left[r * row + k *
    /// step] * panel[k][:]. `to` and `added`, if there is one, have `n` columns, of which this are those from `column`
    /// on.
    template <int Rows>
    static void multiply_tile(const float* left, std::ptrdiff_t row, std::ptrdiff_t step, const float* panel, int depth,
                              const Sum& part, float* to, int n, std::ptrdiff_t column) {
        Accumulators<Arch, Rows> sum;
        clear(sum);
        multiply_accumulate(
            sum, left, [row](auto r) { return r * row; }, step, panel, depth);
        unrolled<Rows>([&](auto r) {
            const std::ptrdiff_t at = r * std::ptrdiff_t{n} + column;
            if (column + columns_at_once <= n)
                unrolled<Tile<Arch>::registers>([&](auto j) {
                    const std::ptrdiff_t lane = at + j * lane_count<V>;
                    V value = V(part.factor) * sum.value[r][j];
                    if (part.added) value = multiply_add(V(part.added_factor), load<V>(part.added + lane), value);
                    store(value, to + lane);
                });
            else {
                float products[std::size_t{columns_at_once}];
                unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], products + j * lane_count<V>); });
                for (std::ptrdiff_t k = 0; k < n - column; ++k)
                    to[at + k] =
                        part.factor * products[k] + (part.added ? part.added_factor * part.added[at + k] : 0.0f);
            }
        });
    }

    /// Calls `function(rows, row)` for the rows of a tile from `row` on; at the end of all `count` they come one by
    /// one.
    template <class Function>
    static void for_rows(std::ptrdiff_t row, std::ptrdiff_t count, Function function) {
        if (row + rows_at_once <= count) return function(std::integral_constant<int, rows_at_once>{}, row);
        for (; row < count; ++row) function(std::integral_constant<int, 1>{}, row);
    }

    /// to (n, n) = left^T right, with left and right (count, n), where that is known to be symmetric: half of it is
    /// computed, by parts of the sum whose panels stay in the caches.
    static void multiply_symmetric(const Cpu<T, Arch>& cpu, int count, int n, const float* left, const float* right,
                                   const Sum& sum, float* to, float* packed) {
        const int tiles = panels_of(n, rows_at_once), panels = panels_of(n, columns_at_once);
        float* const packed_left = packed + packed_size(n, (std::max)(depth_at_once, n), columns_at_once);
        for (int first = 0; first < count; first += depth_at_once) {
            const int depth = (std::min)(depth_at_once, count - first);
            const Sum part = first == 0 ? sum : Sum{.factor = sum.factor, .added = to, .added_factor = 1.0f};
            pack<columns_at_once>(cpu, right + std::ptrdiff_t{first} * n, depth, n, packed);
            pack<rows_at_once>(cpu, left + std::ptrdiff_t{first} * n, depth, n, packed_left);
            parallel_for(
                threads_for(cpu, 0.5 * n * n * depth), std::ptrdiff_t{panels} * tiles, [&](std::ptrdiff_t item) {
                    const std::ptrdiff_t column = item / tiles * columns_at_once, tile = item % tiles * rows_at_once;
                    if (tile >= column + columns_at_once) return; // below the diagonal
                    for_rows(tile, n, [&](auto rows, std::ptrdiff_t row) {
                        const Sum here{.factor = part.factor,
                                       .added = part.added ? part.added + row * n : nullptr,
                                       .added_factor = part.added_factor};
                        multiply_tile<rows>(packed_left + tile * depth + (row - tile), 1, rows_at_once,
                                            packed + column * depth, depth, here, to + row * n, n, column);
                    });
                });
        }
        copy_upper_half(cpu, n, to);
        for (std::ptrdiff_t i = 0; i < n; ++i) to[i * n + i] += sum.diagonal;
    }

    /// What is above the diagonal goes below it, too, square by square, so that both sides stay in the cache.
    static void copy_upper_half(const Cpu<T, Arch>& cpu, int n, float* matrix) {
        constexpr std::ptrdiff_t side = 32;
        parallel_for(threads_for(cpu, 16.0 * n * n), panels_of(n, side), [&](std::ptrdiff_t item) {
            const std::ptrdiff_t end = std::min<std::ptrdiff_t>((item + 1) * side, n);
            for (std::ptrdiff_t first = 0; first < end; first += side)
                for (std::ptrdiff_t row = item * side; row < end; ++row)
                    for (std::ptrdiff_t column = first; column < (std::min)(first + side, row); ++column)
                        matrix[row * n + column] = matrix[column * n + row];
        });
    }

    /// to (count, n) = left right, with left (count, n) and right (n, n).
    static void multiply(const Cpu<T, Arch>& cpu, int count, int n, const float* left, const float* right, float* to,
                         float* packed) {
        pack<columns_at_once>(cpu, right, n, n, packed);
        constexpr int block = rows_at_once * tiles_at_once;
        parallel_for(threads_for(cpu, 1.0 * count * n * n), (count + block - 1) / block, [&](std::ptrdiff_t item) {
            const std::ptrdiff_t end = std::min<std::ptrdiff_t>((item + 1) * block, count);
            for (std::ptrdiff_t column = 0; column < n; column += columns_at_once)
                for (std::ptrdiff_t first = item * block; first < end; first += rows_at_once)
                    for_rows(first, count, [&](auto rows, std::ptrdiff_t row) {
                        multiply_tile<rows>(left + row * n, n, 1, packed + column * n, n, {}, to + row * n, n, column);
                    });
        });
    }
};

} // namespace cpu

template <class T, class Arch>
struct Kernel<Cpu<T, Arch>, MuonUpdate> : cpu::MuonKernel<T, Arch> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
