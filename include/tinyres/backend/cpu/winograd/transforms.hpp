#pragma once

#include "tinyres/backend/cpu/simd.hpp"

#include <array>
#include <cstddef>
#include <numbers>

/// The minimal filtering algorithm F(4x4, 3x3) (Winograd 1980; Lavin and Gray 2015): 4x4 outputs of a 3x3 convolution
/// from a 6x6 patch by 36 products instead of 144,
///
///     Y = A' [(G g G') * (B' d B)] A
///
/// with the patch d, the filter g, the element-wise product * and ' for the transpose. The matrices follow from the
/// points at which the polynomials are interpolated (Toom and Cook): 0, 1/sqrt(2), -1/sqrt(2), sqrt(2), -sqrt(2) and
/// infinity, with half the rounding error of the usual 0, 1, -1, 2, -2, at the same cost.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

struct Winograd {
    static constexpr int outputs = 4;                ///< of a tile, in each direction
    static constexpr int taps = 3;                   ///< of the filter
    static constexpr int size = outputs + taps - 1;  ///< of the patch
    static constexpr int components = size * size;   ///< products
    static constexpr int pixels = outputs * outputs; ///< outputs of a tile

    /// The finite points. A point and its negative are neighbors, so that their rows share their work.
    static constexpr std::array<double, size - 1> points{0.0, std::numbers::sqrt2 / 2, -std::numbers::sqrt2 / 2,
                                                         std::numbers::sqrt2, -std::numbers::sqrt2};
    static constexpr int mirrored_rows[] = {1, 3}; ///< each with the row after it
};

namespace detail {

template <int Columns>
using WinogradMatrix = std::array<std::array<double, std::size_t{Columns}>, Winograd::size>;

/// The coefficients of the product of (x - point) over all points but one; `without` -1: over all.
constexpr std::array<double, Winograd::size> winograd_polynomial(int without) {
    std::array<double, Winograd::size> coefficients{1.0};
    int degree = 0;
    for (int p = 0; p < Winograd::size - 1; ++p) {
        if (p == without) continue;
        ++degree;
        for (int k = degree; k >= 0; --k) {
            const auto at = static_cast<std::size_t>(k);
            coefficients[at] =
                (k > 0 ? coefficients[at - 1] : 0.0) - Winograd::points[static_cast<std::size_t>(p)] * coefficients[at];
        }
    }
    return coefficients;
}

/// The row of the powers of each finite point over its `divisor`, and the leading one for infinity.
template <int Columns, class Divisor>
constexpr WinogradMatrix<Columns> winograd_powers(Divisor divisor) {
    WinogradMatrix<Columns> matrix{};
    for (std::size_t p = 0; p < Winograd::points.size(); ++p) {
        double power = 1.0 / divisor(static_cast<int>(p));
        for (double& entry : matrix[p]) {
            entry = power;
            power *= Winograd::points[p];
        }
    }
    matrix.back().back() = 1.0;
    return matrix;
}

} // namespace detail

/// B': what turns a patch into its components.
struct WinogradInput {
    static constexpr int columns = Winograd::size;
    static constexpr auto matrix = [] {
        detail::WinogradMatrix<columns> rows{};
        for (int p = 0; p < Winograd::size; ++p)
            rows[static_cast<std::size_t>(p)] = detail::winograd_polynomial(p < Winograd::size - 1 ? p : -1);
        return rows;
    }();
};

/// G: what turns a filter into its components.
struct WinogradFilter {
    static constexpr int columns = Winograd::taps;
    static constexpr auto matrix = detail::winograd_powers<columns>([](int p) {
        double product = 1.0;
        for (int other = 0; other < Winograd::size - 1; ++other)
            if (other != p)
                product *=
                    Winograd::points[static_cast<std::size_t>(p)] - Winograd::points[static_cast<std::size_t>(other)];
        return product;
    });
};

/// A: its transpose turns the components into outputs; it turns the outputs' gradients into components.
struct WinogradOutput {
    static constexpr int columns = Winograd::outputs;
    static constexpr auto matrix = detail::winograd_powers<columns>([](int) { return 1.0; });
};

namespace detail {

/// An entry of a matrix as it is multiplied with; what should be 0 may differ from it by a rounding.
template <class Matrix>
constexpr float winograd_entry(int row, int column) {
    const double entry = Matrix::matrix[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
    return entry < 1e-9 && entry > -1e-9 ? 0.0f : static_cast<float>(entry);
}

/// The last column of `Row` that is not 0 among those of one parity; -1 if there is none.
template <class Matrix, int Row, int Parity>
inline constexpr int winograd_last = [] {
    int last = -1;
    for (int column = Parity; column < Matrix::columns; column += 2)
        if (winograd_entry<Matrix>(Row, column) != 0.0f) last = column;
    return last;
}();

/// The sum of entry * x over the columns of one parity, divided by the last of these entries.
template <class Matrix, int Row, int Parity, class V>
[[gnu::always_inline]] inline V winograd_half(const V* x) {
    constexpr int last = winograd_last<Matrix, Row, Parity>;
    V sum = x[last];
    unrolled<Matrix::columns>([&](auto column) __attribute__((always_inline)) {
        constexpr float entry = winograd_entry<Matrix>(Row, column);
        if constexpr (column % 2 == Parity && column < last && entry != 0.0f)
            sum = multiply_add(V(entry / winograd_entry<Matrix>(Row, last)), x[column], sum);
    });
    return sum;
}

template <class V>
[[gnu::always_inline]] inline V times(float factor, const V& x) {
    return factor == 1.0f ? x : V(factor) * x;
}

} // namespace detail

/// y = M x: `Winograd::size` values from Matrix::columns. The rows of a point and its negative have the same even part
/// and opposite odd parts.
template <class Matrix, class V>
[[gnu::always_inline]] inline void winograd_multiply(const V* x, V* y) {
    unrolled<Winograd::size>([&](auto row) __attribute__((always_inline)) {
        constexpr bool mirrored = row == Winograd::mirrored_rows[0] || row == Winograd::mirrored_rows[1];
        constexpr bool mirror = row == Winograd::mirrored_rows[0] + 1 || row == Winograd::mirrored_rows[1] + 1;
        constexpr int even_last = detail::winograd_last<Matrix, row, 0>;
        constexpr int odd_last = detail::winograd_last<Matrix, row, 1>;
        if constexpr (mirrored) {
            const V even =
                detail::times(detail::winograd_entry<Matrix>(row, even_last), detail::winograd_half<Matrix, row, 0>(x));
            const V odd = detail::winograd_half<Matrix, row, 1>(x);
            constexpr float factor = detail::winograd_entry<Matrix>(row, odd_last);
            y[row] = multiply_add(V(factor), odd, even);
            y[row + 1] = multiply_add(V(-factor), odd, even);
        } else if constexpr (!mirror) {
            static_assert(even_last < 0 || odd_last < 0);
            constexpr int parity = even_last < 0 ? 1 : 0;
            y[row] = detail::times(detail::winograd_entry<Matrix>(row, parity == 0 ? even_last : odd_last),
                                   detail::winograd_half<Matrix, row, parity>(x));
        }
    });
}

/// y = M' x: Matrix::columns values from `Winograd::size`.
template <class Matrix, class V>
[[gnu::always_inline]] inline void winograd_multiply_transposed(const V* x, V* y) {
    constexpr int first = Winograd::mirrored_rows[0];
    constexpr int second = Winograd::mirrored_rows[1];
    const V sums[] = {x[first] + x[first + 1], x[second] + x[second + 1]};
    const V differences[] = {x[first] - x[first + 1], x[second] - x[second + 1]};
    unrolled<Matrix::columns>([&](auto column) __attribute__((always_inline)) {
        const V* const pairs = column % 2 == 0 ? sums : differences;
        V sum = multiply_add(V(detail::winograd_entry<Matrix>(first, column)), pairs[0],
                             detail::times(detail::winograd_entry<Matrix>(second, column), pairs[1]));
        unrolled<Winograd::size>([&](auto row) __attribute__((always_inline)) {
            constexpr float entry = detail::winograd_entry<Matrix>(row, column);
            if constexpr ((row == 0 || row == Winograd::size - 1) && entry != 0.0f)
                sum = multiply_add(V(entry), x[row], sum);
        });
        y[column] = sum;
    });
}

/// Calls `to(i, j, value)` for every entry of M x M', with x from `from(i, j)` (Matrix::columns squared).
template <class Matrix, class V, class From, class To>
[[gnu::always_inline]] inline void winograd_transform(From from, To to) {
    V half[Winograd::size][Matrix::columns];
    unrolled<Matrix::columns>([&](auto j) __attribute__((always_inline)) {
        V x[Matrix::columns], y[Winograd::size];
        unrolled<Matrix::columns>([&](auto i) __attribute__((always_inline)) { x[i] = from(i, j); });
        winograd_multiply<Matrix>(x, y);
        unrolled<Winograd::size>([&](auto i) __attribute__((always_inline)) { half[i][j] = y[i]; });
    });
    unrolled<Winograd::size>([&](auto i) __attribute__((always_inline)) {
        V y[Winograd::size];
        winograd_multiply<Matrix>(half[i], y);
        unrolled<Winograd::size>([&](auto j) __attribute__((always_inline)) { to(i, j, y[j]); });
    });
}

/// Calls `to(i, j, value)` for every entry of M' x M, with x from `from(i, j)` (Winograd::size squared).
template <class Matrix, class V, class From, class To>
[[gnu::always_inline]] inline void winograd_transform_back(From from, To to) {
    V half[Matrix::columns][Winograd::size];
    unrolled<Winograd::size>([&](auto j) __attribute__((always_inline)) {
        V x[Winograd::size], y[Matrix::columns];
        unrolled<Winograd::size>([&](auto i) __attribute__((always_inline)) { x[i] = from(i, j); });
        winograd_multiply_transposed<Matrix>(x, y);
        unrolled<Matrix::columns>([&](auto i) __attribute__((always_inline)) { half[i][j] = y[i]; });
    });
    unrolled<Matrix::columns>([&](auto i) __attribute__((always_inline)) {
        V y[Matrix::columns];
        winograd_multiply_transposed<Matrix>(half[i], y);
        unrolled<Matrix::columns>([&](auto j) __attribute__((always_inline)) { to(i, j, y[j]); });
    });
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
