#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/muon.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// MuonUpdate's formula by plain loops.
template <class T>
struct Kernel<Reference<T>, MuonUpdate> {
    /// X, the next X, A and b A + c A A.
    static std::size_t scratch(int rows, int columns) {
        const auto shorter = static_cast<std::size_t>((std::min)(rows, columns));
        return 2 * static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) + 2 * shorter * shorter;
    }

    static void apply(const Reference<T>&, const MuonUpdate& update, const UpdatePass<T>& pass, T* scratch) {
        const int n = update.shorter(), count = update.rows * update.columns;
        T* x = scratch;
        T* next = x + count;
        T* const a = next + count;
        T* const polynomial = a + n * n;
        const auto at = [&](int i) { // in X, of element i of the matrix
            return update.rows >= update.columns ? i : i % update.columns * n + i / update.columns;
        };
        double squares = 0.0;
        for (int i = 0; i < count; ++i) {
            const T gradient = pass.gradients[i];
            T& m = pass.moment1[i];
            m += static_cast<T>(1.0 - update.momentum) * (gradient - m);
            const T u = update.nesterov ? gradient + static_cast<T>(update.momentum) * (m - gradient) : m;
            squares += static_cast<double>(u) * static_cast<double>(u);
            x[at(i)] = u;
        }
        const T factor = static_cast<T>(1.0 / (std::sqrt(squares) + 1e-7));
        for (int i = 0; i < count; ++i) x[i] *= factor;
        for (int iteration = 0; iteration < update.iterations; ++iteration) {
            multiply(n, n, update.longer(), x, 1, n, x, [&](int i, T sum) { a[i] = sum; });
            multiply(n, n, n, a, n, 1, a, [&](int i, T sum) {
                polynomial[i] = static_cast<T>(MuonUpdate::b) * a[i] + static_cast<T>(MuonUpdate::c) * sum;
            });
            multiply(update.longer(), n, n, x, n, 1, polynomial,
                     [&](int i, T sum) { next[i] = static_cast<T>(MuonUpdate::a) * x[i] + sum; });
            std::swap(x, next);
        }
        double weights = 0.0;
        for (int i = 0; i < count; ++i)
            weights += static_cast<double>(pass.parameters[i]) * static_cast<double>(pass.parameters[i]);
        const T keep = static_cast<T>(update.keep(std::sqrt(weights)));
        for (int i = 0; i < count; ++i)
            pass.parameters[i] = keep * pass.parameters[i] - static_cast<T>(update.rate * update.scale()) * x[at(i)];
    }

private:
    /// store(i * columns + j, sum over k < depth of left[i * row + k * step] * right[k * columns + j]).
    template <class Store>
    static void multiply(int rows, int columns, int depth, const T* left, int row, int step, const T* right,
                         Store store) {
        for (int i = 0; i < rows; ++i)
            for (int j = 0; j < columns; ++j) {
                T sum = 0;
                for (int k = 0; k < depth; ++k) sum += left[i * row + k * step] * right[k * columns + j];
                store(i * columns + j, sum);
            }
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
