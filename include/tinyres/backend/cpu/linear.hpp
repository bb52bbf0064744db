#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/layers/linear.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

// The kernels share the work out themselves, in slices that do not depend on the number of threads.
#ifndef EIGEN_DONT_PARALLELIZE
#define EIGEN_DONT_PARALLELIZE
#endif
// g++ 12 sees an uninitialised value in its own AVX-512 header wherever Eigen's products use it (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <Eigen/Core>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace tinyres::inline TINYRES_ARCH {

/// y = x W + b; dW = x^T dy; db = sum of dy; dx = dy W^T. The products are Eigen's. Forward and dx are cut into slices
/// of images, dW into slices of input features, each of which sums over the whole batch.
template <class Arch, int Features, Bias bias, class In>
struct Kernel<Cpu<float, Arch>, Bound<Linear<Features, bias>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Cpu<float, Arch>& cpu, const ForwardPass<float, float>& pass) {
        const ConstMatrix weights(pass.parameters, In::size, Features);
        for_each_slice(cpu, pass.batch, [&](Eigen::Index first, Eigen::Index count) {
            const ConstMatrix x(pass.input + first * In::size, count, In::size);
            Matrix y(pass.output + first * Features, count, Features);
            y.noalias() = x * weights;
            if constexpr (bias == Bias::yes) y.rowwise() += ConstVector(pass.parameters + weight_count, Features);
        });
    }

    static void backward(const Cpu<float, Arch>& cpu, const BackwardPass<float, float>& pass) {
        const ConstMatrix weights(pass.parameters, In::size, Features);
        const ConstMatrix x(pass.input, pass.batch, In::size);
        const ConstMatrix dy(pass.output_gradient, pass.batch, Features);
        for_each_slice(cpu, In::size, [&](Eigen::Index first, Eigen::Index count) {
            Matrix(pass.parameter_gradients + first * Features, count, Features).noalias() =
                x.middleCols(first, count).transpose() * dy;
        });
        if constexpr (bias == Bias::yes) Vector(pass.parameter_gradients + weight_count, Features) = dy.colwise().sum();
        if (!pass.input_gradient) return;
        for_each_slice(cpu, pass.batch, [&](Eigen::Index first, Eigen::Index count) {
            Matrix(pass.input_gradient + first * In::size, count, In::size).noalias() =
                dy.middleRows(first, count) * weights.transpose();
        });
    }

private:
    using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Matrix = Eigen::Map<Dense>;
    using ConstMatrix = Eigen::Map<const Dense>;
    using Vector = Eigen::Map<Eigen::RowVectorXf>;
    using ConstVector = Eigen::Map<const Eigen::RowVectorXf>;
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{In::size} * Features;

    /// Calls `function(first, count)` for slices of 64 rows.
    template <class Function>
    static void for_each_slice(const Cpu<float, Arch>& cpu, int rows, Function function) {
        constexpr int slice_rows = 64;
        parallel_for(cpu.threads(), (rows + slice_rows - 1) / slice_rows, [&](std::ptrdiff_t slice) {
            const std::ptrdiff_t first = slice * slice_rows;
            function(first, std::min<std::ptrdiff_t>(slice_rows, rows - first));
        });
    }
};

} // namespace tinyres::inline TINYRES_ARCH
