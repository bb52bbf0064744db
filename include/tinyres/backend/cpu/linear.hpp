#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/multiply.hpp"
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

/// Vectors are float in every precision: y = x W + b; dW = x^T dy; db = sum of dy; dx = dy W^T. Forward starts each
/// output at its bias and adds the inputs in their order, in registers, however many images there are: an image's
/// outputs do not depend on the batch around it. Eigen's products round differently by the number of rows, so they only
/// run backward: dW cut into slices of input features, each of which sums over the whole batch, and dx into slices of
/// images.
template <class T, class Arch, int Features, Bias bias, class In>
struct Kernel<Cpu<T, Arch>, Bound<Linear<Features, bias>, In>> {
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int panels = (Features + columns - 1) / columns;
    static constexpr std::ptrdiff_t panel_size = std::ptrdiff_t{1 + In::size} * columns;
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .scratch_shared = sizeof(float) * panels * panel_size};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, float>& pass) {
        constexpr int rows = Tile<Arch>::rows;
        float* const packed = reinterpret_cast<float*>(pass.scratch);
        pack(cpu.threads(), pass.parameters, packed);
        const std::ptrdiff_t tiles = (pass.batch + rows - 1) / rows;
        parallel_for(cpu.threads(), panels * tiles, [&](std::ptrdiff_t item) {
            const std::ptrdiff_t panel = item / tiles;
            std::ptrdiff_t image = item % tiles * rows;
            if (image + rows <= pass.batch)
                multiply<rows>(pass.input + image * In::size, packed, panel, pass.output + image * Features);
            else
                for (; image < pass.batch; ++image)
                    multiply<1>(pass.input + image * In::size, packed, panel, pass.output + image * Features);
        });
    }

    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, float>& pass) {
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
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{In::size} * Features;

    /// Packs bias and weights in panels of Tile::columns outputs, (panel, 1 + In::size, columns), filled up with zeros.
    static void pack(int threads, const float* parameters, float* packed) {
        parallel_for(threads, panels, [&](std::ptrdiff_t panel) {
            const std::ptrdiff_t first = panel * columns;
            const std::ptrdiff_t count = std::min<std::ptrdiff_t>(columns, Features - first);
            float* to = packed + panel * panel_size;
            std::fill_n(to, panel_size, 0.0f);
            if constexpr (bias == Bias::yes) std::copy_n(parameters + weight_count + first, count, to);
            for (int k = 0; k < In::size; ++k)
                std::copy_n(parameters + std::ptrdiff_t{k} * Features + first, count, to += columns);
        });
    }

    /// The outputs of one panel for `Rows` images.
    template <int Rows>
    static void multiply(const float* x, const float* packed, std::ptrdiff_t panel, float* y) {
        using V = Lanes<Arch>;
        constexpr int registers = Tile<Arch>::registers;
        const float* const b = packed + panel * panel_size;
        Accumulators<Arch, Rows> sum;
        unrolled<Rows>(
            [&](auto r) { unrolled<registers>([&](auto j) { sum.value[r][j] = load<V>(b + j * lane_count<V>); }); });
        multiply_accumulate(
            sum, x, [](auto r) { return std::ptrdiff_t{r} * In::size; }, 1, b + columns, In::size);
        const std::ptrdiff_t first = panel * columns;
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(columns, Features - first);
        unrolled<Rows>([&](auto r) {
            float outputs[columns];
            unrolled<registers>([&](auto j) { store(sum.value[r][j], outputs + j * lane_count<V>); });
            std::copy_n(outputs, count, y + r * Features + first);
        });
    }

    /// Calls `function(first, count)` for slices of 64 rows.
    template <class Function>
    static void for_each_slice(const Cpu<T, Arch>& cpu, int rows, Function function) {
        constexpr int slice_rows = 64;
        parallel_for(cpu.threads(), (rows + slice_rows - 1) / slice_rows, [&](std::ptrdiff_t slice) {
            const std::ptrdiff_t first = slice * slice_rows;
            function(first, std::min<std::ptrdiff_t>(slice_rows, rows - first));
        });
    }
};

} // namespace tinyres::inline TINYRES_ARCH
