#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// One step of Muon on a matrix W (rows, columns), row by row in memory:
///
///     m = m + (1 - momentum) * (gradient - m)
///     u = nesterov ? gradient + momentum * (m - gradient) : m
///     X = u / (|u| + 1e-7), with |u| the Frobenius norm, then `iterations` times
///     X = a X + X (b A + c A A), A = X^T X         (of X^T where there are more columns than rows)
///     W = shrink * W - rate * scale * X            (W first brought to the norm sqrt(columns), if it is rescaled)
///
/// The quintic Newton-Schulz iteration brings all singular values close to 1 (0.7 to 1.2).
///
/// `Kernel<Backend, MuonUpdate>` has `scratch(rows, columns)`, the numbers of working memory that it takes, and
/// `apply(backend, update, pass, scratch)`, with the UpdatePass of the matrix's buffers.
struct MuonUpdate {
    double rate = 0.02;
    double momentum = 0.95;
    double shrink = 1.0;
    bool nesterov = true;
    bool rescaled = false;
    int iterations = 5;
    int rows = 1;
    int columns = 1;

    static constexpr double a = 3.4445;
    static constexpr double b = -4.7750;
    static constexpr double c = 2.0315;

    /// sqrt(max(1, outputs / inputs)); the columns are the outputs.
    double scale() const { return std::sqrt((std::max)(1.0, static_cast<double>(columns) / rows)); }
    /// What a matrix of norm `norm` is multiplied by before X is added.
    double keep(double norm) const { return rescaled && norm > 0 ? shrink * std::sqrt(columns) / norm : shrink; }
    /// X is iterated with this many rows, at least as many as columns.
    int longer() const { return (std::max)(rows, columns); }
    int shorter() const { return (std::min)(rows, columns); }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
