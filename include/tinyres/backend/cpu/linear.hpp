#pragma once

#include "tinyres/backend/cpu/cpu.hpp"
#include "tinyres/backend/cpu/multiply.hpp"
#include "tinyres/backend/cpu/scratch.hpp"
#include "tinyres/layers/linear.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Vectors are float in every precision: y = x W + b; dW = x^T dy; db = sum of dy; dx = dy W^T. Each is cut into tiles
/// of Tile::rows times Tile::columns results, summed in registers in one order whatever the batch: an image's outputs
/// do not depend on the images around it, and gradients not on the number of threads.
template <class T, class Arch, int Features, Bias bias, class In>
struct LinearKernel {
    using V = Lanes<Arch>;
    static constexpr int columns = Tile<Arch>::columns;
    static constexpr int output_panels = (Features + columns - 1) / columns;
    static constexpr int input_panels = (In::size + columns - 1) / columns;
    // W with the bias in front, (panel of outputs, 1 + In::size, columns), or W^T, (panel of inputs, Features,
    // columns).
    static constexpr std::ptrdiff_t panel_size = std::ptrdiff_t{1 + In::size} * columns;
    static constexpr std::ptrdiff_t turned_panel_size = std::ptrdiff_t{Features} * columns;
    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .scratch_shared = bytes_of<float>((std::max)(output_panels * panel_size, input_panels* turned_panel_size)),
        .backward_scratch_per_image = sizeof(float) * output_panels * columns};

    static void forward(const Cpu<T, Arch>& cpu, const ForwardPass<float, float>& pass) {
        float* const packed = reinterpret_cast<float*>(pass.scratch);
        parallel_for(useful_threads(cpu.threads(), weight_count), output_panels, [&](std::ptrdiff_t panel) {
            float* const to = packed + panel * panel_size;
            if constexpr (bias == Bias::yes)
                copy_panel<Features>(pass.parameters + weight_count, panel, to);
            else
                std::fill_n(to, columns, 0.0f);
            for (int k = 0; k < In::size; ++k)
                copy_panel<Features>(pass.parameters + std::ptrdiff_t{k} * Features, panel, to + (k + 1) * columns);
        });
        for_each_tile(
            threads(cpu, pass.batch), pass.batch, output_panels, [&](auto rows, std::ptrdiff_t image, int panel) {
                const float* const b = packed + panel * panel_size;
                Accumulators<Arch, rows> sum;
                unrolled<rows>([&](auto r) {
                    unrolled<Tile<Arch>::registers>([&](auto j) { sum.value[r][j] = load<V>(b + j * lane_count<V>); });
                });
                multiply_accumulate(
                    sum, pass.input + image * In::size, [](auto r) { return std::ptrdiff_t{r} * In::size; }, 1,
                    b + columns, In::size);
                store_tile<Features>(sum, panel, pass.output + image * Features);
            });
    }

    static void backward(const Cpu<T, Arch>& cpu, const BackwardPass<float, float>& pass) {
        // dy in panels, (panel of outputs, batch, columns).
        float* const gradients = reinterpret_cast<float*>(pass.image_scratch);
        const std::ptrdiff_t gradient_panel = std::ptrdiff_t{pass.batch} * columns;
        const int copying = useful_threads(cpu.threads(), std::ptrdiff_t{pass.batch} * Features);
        parallel_for(copying, pass.batch, [&](std::ptrdiff_t image) {
            for (int panel = 0; panel < output_panels; ++panel)
                copy_panel<Features>(pass.output_gradient + image * Features, panel,
                                     gradients + panel * gradient_panel + image * columns);
        });
        for_each_tile(threads(cpu, pass.batch), In::size, output_panels, [&](auto rows, std::ptrdiff_t k, int panel) {
            Accumulators<Arch, rows> sum;
            clear(sum);
            multiply_accumulate(
                sum, pass.input + k, [](auto r) { return std::ptrdiff_t{r}; }, In::size,
                gradients + panel * gradient_panel, pass.batch);
            store_tile<Features>(sum, panel, pass.parameter_gradients + k * Features);
        });
        if constexpr (bias == Bias::yes) {
            float* const bias_gradient = pass.parameter_gradients + weight_count;
            std::fill_n(bias_gradient, Features, 0.0f);
            for (std::ptrdiff_t image = 0; image < pass.batch; ++image)
                for (int k = 0; k < Features; ++k) bias_gradient[k] += pass.output_gradient[image * Features + k];
        }
        if (pass.input_gradient) input_gradient(cpu, pass);
    }

private:
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{In::size} * Features;

    static int threads(const Cpu<T, Arch>& cpu, int batch) {
        constexpr int lanes = 8; // that multiply at once
        return useful_threads(cpu.threads(), batch * weight_count / lanes);
    }

    static void input_gradient(const Cpu<T, Arch>& cpu, const BackwardPass<float, float>& pass) {
        float* const turned = reinterpret_cast<float*>(pass.scratch);
        parallel_for(useful_threads(cpu.threads(), weight_count), input_panels, [&](std::ptrdiff_t panel) {
            float* const to = turned + panel * turned_panel_size;
            for (int column = 0; column < columns; ++column) {
                const std::ptrdiff_t k = panel * columns + column;
                for (int feature = 0; feature < Features; ++feature)
                    to[feature * columns + column] = k < In::size ? pass.parameters[k * Features + feature] : 0.0f;
            }
        });
        for_each_tile(
            threads(cpu, pass.batch), pass.batch, input_panels, [&](auto rows, std::ptrdiff_t image, int panel) {
                Accumulators<Arch, rows> sum;
                clear(sum);
                multiply_accumulate(
                    sum, pass.output_gradient + image * Features, [](auto r) { return std::ptrdiff_t{r} * Features; },
                    1, turned + panel * turned_panel_size, Features);
                store_tile<In::size>(sum, panel, pass.input_gradient + image * In::size);
            });
    }

    /// One panel of a row of `Width` floats, filled up with zeros.
    template <int Width>
    static void copy_panel(const float* row, std::ptrdiff_t panel, float* to) {
        const std::ptrdiff_t first = panel * columns;
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(columns, Width - first);
        std::copy_n(row + first, count, to);
        std::fill(to + count, to + columns, 0.0f);
    }

    /// Stores a tile to its panel of rows of `Width` floats.
    template <int Width, int Rows>
    static void store_tile(const Accumulators<Arch, Rows>& sum, std::ptrdiff_t panel, float* rows) {
        const std::ptrdiff_t first = panel * columns;
        const std::ptrdiff_t count = std::min<std::ptrdiff_t>(columns, Width - first);
        unrolled<Rows>([&](auto r) {
            float results[std::size_t{columns}];
            unrolled<Tile<Arch>::registers>([&](auto j) { store(sum.value[r][j], results + j * lane_count<V>); });
            std::copy_n(results, count, rows + r * Width + first);
        });
    }

    /// Calls `function(rows, first_row, panel)` for tiles that cover `row_count` rows; the last rows come one by one.
    template <class Function>
    static void for_each_tile(int threads, std::ptrdiff_t row_count, int panels, Function function) {
        constexpr int rows = Tile<Arch>::rows;
        const std::ptrdiff_t tiles = (row_count + rows - 1) / rows;
        parallel_for(threads, panels * tiles, [&](std::ptrdiff_t item) {
            const int panel = static_cast<int>(item / tiles);
            std::ptrdiff_t row = item % tiles * rows;
            if (row + rows <= row_count)
                function(std::integral_constant<int, rows>{}, row, panel);
            else
                for (; row < row_count; ++row) function(std::integral_constant<int, 1>{}, row, panel);
        });
    }
};

} // namespace cpu

template <class T, class Arch, int Features, Bias bias, class In>
struct Kernel<Cpu<T, Arch>, Bound<Linear<Features, bias>, In>> : cpu::LinearKernel<T, Arch, Features, bias, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
