#pragma once

#include "tinyres/model/state_dict.hpp"
#include "tinyres/optim/optimizer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// The names of an optimizer's moments begin with this.
inline constexpr std::string_view moment_prefix = "optimizer.";

/// All that training needs to go on bit for bit, as plain values (those of Reference<double> are rounded to floats).
struct TrainingState {
    std::vector<NamedTensor> model;   ///< its state_dict
    std::vector<NamedTensor> moments; ///< the optimizer's, named "optimizer.exp_avg.<parameter>"
    std::string optimizer;            ///< its name
    std::int64_t optimizer_steps = 0;
    std::uint64_t seed = 0;
    std::uint32_t steps = 0; ///< the model's
};

namespace detail {

template <class Scalar>
std::string prefix_of(const Moment<Scalar>& moment) {
    return std::string(moment_prefix) + std::string(moment.name) + ".";
}

} // namespace detail

/// The state of a model and its optimizer.
template <class Network, class Backend>
TrainingState training_state(const Model<Network, Backend>& model, Optimizer<Backend>& optimizer) {
    TrainingState state{.model = state_dict(model),
                        .moments = {},
                        .optimizer = std::string(optimizer.name()),
                        .optimizer_steps = optimizer.steps(),
                        .seed = model.seed(),
                        .steps = model.steps()};
    for (const auto& moment : optimizer.moments())
        append_tensors<Backend>(model.backend(), network_tensors<Network>, Role::parameter, moment.values.data(),
                                detail::prefix_of(moment), state.moments);
    return state;
}

/// Brings model and optimizer to where they were. Throws Error when the state is of another network or optimizer, or
/// the optimizer for another model; both are then as before.
template <class Network, class Backend>
void load_training_state(Model<Network, Backend>& model, Optimizer<Backend>& optimizer, const TrainingState& state) {
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
    load_state_dict(model, std::span<const NamedTensor>(state.model));
    for (const auto& moment : optimizer.moments()) read_moment(moment, moment.values.data()); // cannot fail now
    optimizer.set_steps(state.optimizer_steps);
    model.resume_at(state.seed, state.steps);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
