#pragma once

#include "tinyres/model/state_dict.hpp"
#include "tinyres/optim/ema.hpp"
#include "tinyres/optim/optimizer.hpp"
#include "tinyres/optim/schedule.hpp"
#include "tinyres/optim/state_numbers.hpp"

#include <tuple>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The names of an optimizer's moments begin with this.
inline constexpr std::string_view moment_prefix = "optimizer.";

/// All that training needs to go on bit for bit, as plain values (those of Reference<double> are rounded to floats).
struct TrainingState {
    std::vector<NamedTensor> model;   ///< its state_dict
    std::vector<NamedTensor> moments; ///< the optimizer's, named "optimizer.exp_avg.<parameter>", and the averages of
                                      ///< an Ema, "optimizer.ema.<tensor>"
    std::string optimizer;            ///< its name
    std::int64_t optimizer_steps = 0;
    std::uint64_t seed = 0;
    std::uint32_t steps = 0; ///< the model's
    StateNumbers numbers{};  ///< of schedules, early stopping, and so on
};

namespace detail {

inline constexpr std::string_view ema_prefix = "optimizer.ema.";
inline constexpr std::string_view ema_updates = "ema.updates";

template <class Scalar>
std::string prefix_of(const Moment<Scalar>& moment) {
    return std::string(moment_prefix) + std::string(moment.name) + ".";
}

/// The number of steps that a tensor took, where it took fewer than the optimizer.
inline std::string steps_name(std::string_view tensor) {
    return "optimizer.steps." + std::string(tensor);
}

/// Adds what a part of a training keeps. A schedule that is a function of the step keeps nothing.
template <class Network, class Backend, class Part>
void save_part(const Model<Network, Backend>&, const Part& part, TrainingState& state) {
    static_assert(KeepsNumbers<std::remove_const_t<Part>> || Schedule<Part>,
                  "tinyres: a checkpoint takes schedules, EarlyStopping, Ema and what has save_state and load_state");
    if constexpr (KeepsNumbers<std::remove_const_t<Part>>) part.save_state(state.numbers);
}
template <class Network, class Backend>
void save_part(const Model<Network, Backend>& model, Ema<Backend>& ema, TrainingState& state) {
    const std::string prefix{ema_prefix};
    append_tensors<Backend>(model.backend(), network_tensors<Network>, Role::parameter, ema.parameters().data(), prefix,
                            state.moments);
    if (!ema.statistics().empty())
        append_tensors<Backend>(model.backend(), network_tensors<Network>, Role::running_statistic,
                                ema.statistics().data(), prefix, state.moments);
    state.numbers[std::string(ema_updates)] = static_cast<double>(ema.updates());
}

/// Reads what a part kept and returns what sets it, which cannot fail.
template <class Backend, class Part>
auto load_part(const Backend&, std::span<const NetworkTensor>, Part& part, const TrainingState& state) {
    if constexpr (KeepsNumbers<std::remove_const_t<Part>>) {
        Part loaded = part;
        loaded.load_state(state.numbers);
        return [&part, loaded]() mutable { part = std::move(loaded); };
    } else {
        return [] {};
    }
}
template <class Backend>
auto load_part(const Backend& backend, std::span<const NetworkTensor> network, Ema<Backend>& ema,
               const TrainingState& state) {
    const auto updates = state_count<std::int64_t>(state.numbers, std::string(ema_updates));
    const auto read = [&](Role role, std::size_t count) {
        auto values = backend.template allocate<typename Backend::Scalar>(count);
        if (count > 0)
            fill_from_tensors<Backend>(backend, network, role, state.moments, std::string(ema_prefix), values.data());
        return values;
    };
    return [&ema, updates, parameters = read(Role::parameter, ema.parameters().size()),
            statistics = read(Role::running_statistic, ema.statistics().size())]() mutable {
        ema.adopt(std::move(parameters), std::move(statistics), updates);
    };
}

} // namespace detail

/// The state of a model and its optimizer, and of other parts of the training: a schedule, an EarlyStopping, an Ema.
/// Which parameters are frozen, and the options of all parts, are the program's and not in it.
template <class Network, class Backend, class... Parts>
TrainingState training_state(const Model<Network, Backend>& model, Optimizer<Backend>& optimizer, Parts&... parts) {
    TrainingState state{.model = state_dict(model),
                        .moments = {},
                        .optimizer = std::string(optimizer.name()),
                        .optimizer_steps = optimizer.steps(),
                        .seed = model.seed(),
                        .steps = model.steps()};
    for (const auto& moment : optimizer.moments())
        append_tensors<Backend>(model.backend(), network_tensors<Network>, Role::parameter, moment.values.data(),
                                detail::prefix_of(moment), state.moments);
    for (const OptimizedTensor& tensor : optimizer.tensors())
        if (tensor.steps != optimizer.steps())
            state.numbers[detail::steps_name(tensor.tensor->name.view())] = static_cast<double>(tensor.steps);
    (detail::save_part(model, parts, state), ...);
    return state;
}

/// Brings model, optimizer and the other parts to where they were. Throws Error when the state is of another network or
/// optimizer, or lacks a part, or the optimizer is another model's; all are then as before.
template <class Network, class Backend, class... Parts>
void load_training_state(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, const TrainingState& state,
                         Parts&... parts) {
    optimizer.require_made_for(model);
    if (state.optimizer != optimizer.name())
        throw Error("it was written with the optimizer " + state.optimizer + ", not " + std::string(optimizer.name()) +
                    "; resume with the same one");
    const std::vector<NetworkTensor> network = named_as(state.model, network_tensors<Network>).network;
    const auto read_moment = [&](const auto& moment, typename Backend::Scalar* to) {
        fill_from_tensors<Backend>(model.backend(), network, Role::parameter, state.moments, detail::prefix_of(moment),
                                   to);
    };
    auto trial = model.backend().template allocate<typename Backend::Scalar>(model.parameters().size());
    for (const auto& moment : optimizer.moments()) read_moment(moment, trial.data());
    std::vector<std::int64_t> steps; // of each tensor
    for (const NetworkTensor& tensor : network) {
        if (tensor.spec.role != Role::parameter) continue;
        const std::string name = detail::steps_name(tensor.name.view());
        steps.push_back(state.numbers.contains(name) ? state_count<std::int64_t>(state.numbers, name)
                                                     : state.optimizer_steps);
    }
    std::tuple set_parts{detail::load_part(model.backend(), std::span<const NetworkTensor>(network), parts, state)...};
    load_state_dict(model, std::span<const NamedTensor>(state.model));
    for (const auto& moment : optimizer.moments()) read_moment(moment, moment.values.data()); // cannot fail now
    optimizer.set_steps(state.optimizer_steps);
    for (std::size_t i = 0; i < steps.size(); ++i) optimizer.set_steps(i, steps[i]);
    std::apply([](auto&... set) { (set(), ...); }, set_parts);
    model.resume_at(state.seed, state.steps);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
