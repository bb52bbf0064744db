#pragma once

#include "tinyres/model/run_step.hpp"
#include "tinyres/model/workspace.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A pass of a plan over a batch whose images are already in `workspace.value<0>()`.
template <class Network, class Backend>
struct PlanRun {
    using ThePlan = Plan<Network, Backend>;
    using Scalar = typename Backend::Scalar;

    const Backend& backend;
    Workspace<ThePlan, Backend>& workspace;
    int batch = 0;
    bool training = false;
    const Scalar* parameters = nullptr;
    const Scalar* statistics = nullptr;
    Scalar* updated_statistics = nullptr; ///< null in prediction
    Scalar* gradients = nullptr;          ///< null in prediction
    RandomKey random{};                   ///< seed and step; the layer is filled in
    int first_trained_layer = 0;          ///< backward ends with the step that holds it

    /// From value<0> to value<step_count>.
    void forward() const {
        for (int step = 0; step < ThePlan::step_count; ++step) forward(step);
    }
    /// From gradient<step_count> to `gradients`: to all of them, or those from `first_trained_layer` on.
    void backward() const {
        for (int step = ThePlan::step_count - 1; step >= 0 && last_layer(step) >= first_trained_layer; --step)
            backward(step);
    }

    /// One step.
    void forward(int step) const {
        const Run& run = runs[static_cast<std::size_t>(step)];
        if (!run.forward) return;
        ForwardArguments<Scalar> pass;
        pass.batch = batch;
        pass.training = training;
        const Step& s = step_at(step);
        for (int slot = 0; slot < s.inputs.count; ++slot)
            pass.inputs[static_cast<std::size_t>(slot)] = workspace.value(s.inputs[slot]);
        pass.parameters = parameters + run.first_parameter;
        pass.statistics = statistics + run.first_statistic;
        if (training) {
            pass.updated_statistics = updated_statistics + run.first_statistic;
            pass.saved = workspace.saved(step);
            pass.saved_once = workspace.saved_once(step);
            pass.output_moments = workspace.moments(step + 1);
            if (ThePlan::needs[static_cast<std::size_t>(step)].takes_moments)
                pass.input_moments = workspace.moments(s.inputs[0]);
        }
        pass.scratch = workspace.scratch();
        pass.image_scratch = workspace.forward_scratch(step);
        pass.random = random;
        pass.random.minor = static_cast<std::uint32_t>(run.random_position);
        run.forward(backend, pass, workspace.value(step + 1));
    }

    /// One step, and the sums of gradients that are complete with it.
    void backward(int step) const {
        const Run& run = runs[static_cast<std::size_t>(step)];
        const Step& s = step_at(step);
        if (run.backward) {
            BackwardArguments<Scalar> pass;
            pass.batch = batch;
            for (int slot = 0; slot < s.inputs.count; ++slot) {
                pass.inputs[static_cast<std::size_t>(slot)] = workspace.value(s.inputs[slot]);
                pass.input_gradients[static_cast<std::size_t>(slot)] =
                    workspace.gradient_at(ThePlan::flow.edge[static_cast<std::size_t>(s.first_edge + slot)]);
            }
            pass.parameters = parameters + run.first_parameter;
            pass.parameter_gradients = gradients + run.first_parameter;
            pass.saved = workspace.saved(step);
            pass.saved_once = workspace.saved_once(step);
            pass.scratch = workspace.scratch();
            pass.image_scratch = workspace.backward_scratch(step);
            run.backward(backend, pass, workspace.value(step + 1), workspace.gradient(step + 1));
        }
        for (int edge = s.first_edge; edge < s.first_edge + s.inputs.count; ++edge)
            if (const auto add = additions[static_cast<std::size_t>(edge)]) {
                const auto& sum = ThePlan::flow.sums[static_cast<std::size_t>(edge)];
                ForwardArguments<Scalar> pass;
                pass.batch = batch;
                pass.inputs[0] = workspace.gradient_at(sum.a);
                pass.inputs[1] = workspace.gradient_at(sum.b);
                add(backend, pass, workspace.gradient_at(sum.to));
            }
    }

private:
    /// How to run a step, and which parts of the flat buffers are its own.
    struct Run {
        StepForward<Backend>* forward = nullptr; ///< null where nothing runs
        StepBackward<Backend>* backward = nullptr;
        int first_parameter = 0;
        int first_statistic = 0;
        int random_position = 0;
    };

    static constexpr int last_layer(int step) { return step_at(step).first + step_at(step).length - 1; }
    static constexpr const Step& step_at(int step) { return ThePlan::steps[static_cast<std::size_t>(step)]; }

    template <int Index>
    static constexpr Run run_of_step() {
        using Operation = typename ThePlan::template Operation<Index>;
        Run run{.first_parameter = ThePlan::first_node(Index).first_parameter,
                .first_statistic = ThePlan::first_node(Index).first_statistic,
                .random_position = Network::nodes[static_cast<std::size_t>(ThePlan::random_layer(Index))].position};
        if constexpr (ThePlan::runs_forward(Index)) run.forward = &forward_step<Backend, Operation>;
        if constexpr (ThePlan::runs_backward(Index)) {
            constexpr bool has_gradient = ThePlan::flow.edge[static_cast<std::size_t>(step_at(Index).first_edge)] >= 0;
            run.backward = &backward_step<Backend, Operation, has_gradient>;
        }
        return run;
    }

    template <int... Indices>
    static constexpr auto all_runs(std::integer_sequence<int, Indices...>) {
        return std::array<Run, sizeof...(Indices)>{run_of_step<Indices>()...};
    }

    static constexpr auto runs = all_runs(std::make_integer_sequence<int, ThePlan::step_count>{});

    /// What adds up gradients after an edge: Add's forward pass, on gradients, its output perhaps one of its inputs.
    template <int Edge>
    static constexpr StepForward<Backend>* addition_after() {
        constexpr auto sum = ThePlan::flow.sums[static_cast<std::size_t>(Edge)];
        if constexpr (sum.to < 0) {
            return nullptr;
        } else {
            constexpr Dims dims = ThePlan::value_dims(sum.to);
            using Shape = ShapeOf<dims.channels, dims.height, dims.width, dims.flat>;
            using Sum = Bound<Add, Shape, Shape>;
            constexpr KernelNeeds needs = detail::NeedsOf<Backend, Sum>::value;
            static_assert(
                needs.scratch_shared + needs.scratch_per_thread + needs.forward_scratch_per_image == 0,
                "tinyres: a backend's kernel of Add also adds gradients, for which it gets no scratch memory");
            if constexpr (HasKernel<Backend, Sum>)
                return &forward_step<Backend, Sum>;
            else
                return nullptr;
        }
    }
    template <int... Edges>
    static constexpr auto all_additions(std::integer_sequence<int, Edges...>) {
        return std::array<StepForward<Backend>*, sizeof...(Edges)>{addition_after<Edges>()...};
    }
    static constexpr auto additions = all_additions(std::make_integer_sequence<int, ThePlan::edge_count>{});
};

} // namespace TINYRES_ARCH
} // namespace tinyres
