#pragma once

#include "tinyres/model/run_step.hpp"
#include "tinyres/model/workspace.hpp"

namespace tinyres::inline TINYRES_ARCH {

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

    /// From value<0> to value<step_count>.
    void forward() const {
        for (int step = 0; step < ThePlan::step_count; ++step)
            if (const auto run = runs[static_cast<std::size_t>(step)].forward) run(backend, forward_pass(step));
    }

    /// From gradient<step_count> to all of `gradients`.
    void backward() const {
        for (int step = ThePlan::step_count - 1; step >= 0; --step)
            if (const auto run = runs[static_cast<std::size_t>(step)].backward) run(backend, backward_pass(step));
    }

private:
    /// How to run a step, and which parts of the flat buffers and of the workspace are its own.
    struct Run {
        StepForward<Backend>* forward = nullptr; ///< null where nothing runs
        StepBackward<Backend>* backward = nullptr;
        int first_parameter = 0;
        int first_statistic = 0;
        int random_layer = 0;
        int fork = -1; ///< of an Add: the step of its Fork
        int add = -1;  ///< of a Fork: the step of its Add
    };

    template <int Index>
    static constexpr Run run_of_step() {
        constexpr Step step = ThePlan::steps[static_cast<std::size_t>(Index)];
        constexpr bool is_fork = ThePlan::first_node(Index).kind == Kind::fork;
        constexpr bool at_input = ThePlan::is_network_input(Index);
        constexpr bool has_gradient = ThePlan::has_input_gradient(Index);
        using Input = typename ThePlan::template Value<Index>;
        using Output = typename ThePlan::template Value<Index + 1>;
        Run run{.first_parameter = ThePlan::first_node(Index).first_parameter,
                .first_statistic = ThePlan::first_node(Index).first_statistic,
                .random_layer = ThePlan::random_layer(Index),
                .fork = step.fork,
                .add = is_fork ? ThePlan::add_of(Index) : -1};
        if constexpr (!step.view)
            run.forward = &forward_step<Backend, typename ThePlan::template Operation<Index>, Input, Output>;
        if constexpr (!ThePlan::passes_gradient(Index) && !(is_fork && at_input))
            run.backward =
                &backward_step<Backend, typename ThePlan::template Operation<Index>, Input, Output, has_gradient>;
        return run;
    }

    template <std::size_t... Indices>
    static constexpr auto all_runs(std::index_sequence<Indices...>) {
        return std::array<Run, sizeof...(Indices)>{run_of_step<static_cast<int>(Indices)>()...};
    }

    static constexpr auto runs = all_runs(std::make_index_sequence<static_cast<std::size_t>(ThePlan::step_count)>{});

    ForwardPass<Scalar, std::byte> forward_pass(int step) const {
        const Run& run = runs[static_cast<std::size_t>(step)];
        ForwardPass<Scalar, std::byte> pass;
        pass.batch = batch;
        pass.training = training;
        pass.input = workspace.value(step);
        if (run.fork >= 0) pass.skip = workspace.value(run.fork);
        pass.output = workspace.value(step + 1);
        pass.parameters = parameters + run.first_parameter;
        pass.statistics = statistics + run.first_statistic;
        if (training) {
            pass.updated_statistics = updated_statistics + run.first_statistic;
            pass.saved = workspace.saved(step);
            pass.saved_once = workspace.saved_once(step);
            pass.output_moments = workspace.moments(step + 1);
            pass.input_moments = workspace.moments(step);
        }
        pass.scratch = workspace.scratch();
        pass.image_scratch = workspace.forward_scratch(step);
        pass.random = random;
        pass.random.minor = static_cast<std::uint32_t>(run.random_layer);
        return pass;
    }

    BackwardPass<Scalar, std::byte> backward_pass(int step) const {
        const Run& run = runs[static_cast<std::size_t>(step)];
        BackwardPass<Scalar, std::byte> pass;
        pass.batch = batch;
        pass.input = workspace.value(step);
        pass.output = workspace.value(step + 1);
        pass.output_gradient = workspace.gradient(step + 1);
        if (run.add >= 0) pass.skip_gradient = workspace.gradient(run.add + 1);
        pass.input_gradient = workspace.gradient(step);
        pass.parameters = parameters + run.first_parameter;
        pass.parameter_gradients = gradients + run.first_parameter;
        pass.saved = workspace.saved(step);
        pass.saved_once = workspace.saved_once(step);
        pass.scratch = workspace.scratch();
        pass.image_scratch = workspace.backward_scratch(step);
        return pass;
    }
};

} // namespace tinyres::inline TINYRES_ARCH
