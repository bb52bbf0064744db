#pragma once

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
        for (const auto step : forward_steps) (this->*step)();
    }

    /// From gradient<step_count> to all of `gradients`.
    void backward() const {
        for (const auto step : backward_steps) (this->*step)();
    }

private:
    template <int Index>
    using Value = typename ThePlan::template Value<Index>;
    using StepFunction = void (PlanRun::*)() const;

    template <int Index>
    void forward_step() const {
        constexpr Step step = ThePlan::steps[static_cast<std::size_t>(Index)];
        if constexpr (!step.view) {
            constexpr Node node = ThePlan::first_node(Index);
            ForwardPass<Scalar, Value<Index>, Value<Index + 1>> pass;
            pass.batch = batch;
            pass.training = training;
            pass.input = workspace.template value<Index>();
            if constexpr (step.fork >= 0) pass.skip = workspace.template value<step.fork>();
            pass.output = workspace.template value<Index + 1>();
            pass.parameters = parameters + node.first_parameter;
            pass.statistics = statistics + node.first_statistic;
            if (training) {
                pass.updated_statistics = updated_statistics + node.first_statistic;
                pass.saved = workspace.saved(Index);
                pass.saved_once = workspace.saved_once(Index);
                pass.output_moments = workspace.moments(Index + 1);
                pass.input_moments = workspace.moments(Index);
            }
            pass.scratch = workspace.scratch();
            pass.image_scratch = workspace.forward_scratch(Index);
            pass.random = random;
            pass.random.minor = static_cast<std::uint32_t>(ThePlan::random_layer(Index));
            ThePlan::template KernelOf<Index>::forward(backend, pass);
        }
    }

    template <int Index>
    void backward_step() const {
        constexpr bool fork = ThePlan::first_node(Index).kind == Kind::fork;
        if constexpr (!ThePlan::passes_gradient(Index) && !(fork && ThePlan::is_network_input(Index))) {
            constexpr Node node = ThePlan::first_node(Index);
            BackwardPass<Scalar, Value<Index>, Value<Index + 1>> pass;
            pass.batch = batch;
            pass.input = workspace.template value<Index>();
            pass.output = workspace.template value<Index + 1>();
            pass.output_gradient = workspace.template gradient<Index + 1>();
            if constexpr (fork) pass.skip_gradient = workspace.template gradient<ThePlan::add_of(Index) + 1>();
            if constexpr (ThePlan::has_input_gradient(Index))
                pass.input_gradient = workspace.template gradient<Index>();
            pass.parameters = parameters + node.first_parameter;
            pass.parameter_gradients = gradients + node.first_parameter;
            pass.saved = workspace.saved(Index);
            pass.saved_once = workspace.saved_once(Index);
            pass.scratch = workspace.scratch();
            pass.image_scratch = workspace.backward_scratch(Index);
            ThePlan::template KernelOf<Index>::backward(backend, pass);
        }
    }

    template <std::size_t... Indices>
    static constexpr auto forward_table(std::index_sequence<Indices...>) {
        return std::array<StepFunction, sizeof...(Indices)>{&PlanRun::forward_step<static_cast<int>(Indices)>...};
    }
    template <std::size_t... Indices>
    static constexpr auto backward_table(std::index_sequence<Indices...>) {
        constexpr int last = ThePlan::step_count - 1;
        return std::array<StepFunction, sizeof...(Indices)>{
            &PlanRun::backward_step<last - static_cast<int>(Indices)>...};
    }

    using StepIndices = std::make_index_sequence<static_cast<std::size_t>(ThePlan::step_count)>;
    static constexpr auto forward_steps = forward_table(StepIndices{});
    static constexpr auto backward_steps = backward_table(StepIndices{});
};

} // namespace tinyres::inline TINYRES_ARCH
