#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/backend_contract.hpp"
#include "tinyres/model/initialize.hpp"
#include "tinyres/model/run_plan.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Tells a model from others of its type: it moves along with the model's values.
struct ModelIdentity {};

namespace detail {

/// Copies one buffer of a backend to another of the same length.
template <class Backend, class Scalar>
void copy_values(const Backend& backend, std::span<const Scalar> from, std::span<Scalar> to) {
    if constexpr (Backend::on_host) {
        std::copy(from.begin(), from.end(), to.begin());
    } else {
        std::vector<float> values(from.size());
        backend.download(from.data(), std::span<float>(values));
        backend.upload(std::span<const float>(values), to.data());
    }
}

} // namespace detail

/// The values of a network: parameters, their gradients and the running statistics, each one flat buffer on the
/// backend, and the memory that training works in. `network_tensors<Network>` says what lies where. Move-only: a copy
/// is asked for by name, `clone()`. A model that was moved from throws Error when it is used.
///
///     Model<S10, Cpu<>> model{KaimingUniform{}, 42};            // seed 42, all cores
///     Model<S10, Cpu<>> model{KaimingUniform{}, 42, Cpu<>{2}};  // two threads
template <class Network_, CompleteBackend Backend_>
class Model {
    static_assert(sizeof(Network_) > 0); // first, so that an error in the network is shown without the plan around it

public:
    using Network = Network_;
    using Backend = Backend_;
    using Scalar = typename Backend::Scalar;
    using ThePlan = Plan<Network, Backend>;

    /// PyTorch's default initialization, seed 0.
    Model() : Model(KaimingUniform{}) {}

    /// Draws the parameters by `initializer`; `seed` also fixes everything else that is random in training this model.
    template <class Initializer>
    explicit Model(const Initializer& initializer, std::uint64_t seed = 0, Backend backend = Backend{})
        : Model(Unset{}, std::move(backend), seed) {
        initialize(backend_, std::span<const NetworkTensor>(network_tensors<Network>), initializer, seed,
                   parameters_.data(), statistics_.data());
    }

    Model(Model&&) noexcept = default;
    Model& operator=(Model&&) noexcept = default;
    Model(const Model&) = delete; // a copy is asked for by name: model.clone()
    Model& operator=(const Model&) = delete;

    /// Another model with the same parameters, statistics, seed, steps and frozen parameters, on the same backend,
    /// which goes on as this one would. Gradients are zero; optimizers of this model are not the copy's.
    Model clone() const {
        Model copy(Unset{}, backend_, seed_);
        detail::copy_values(backend_, parameters(), copy.parameters());
        detail::copy_values(backend_, statistics(), copy.statistics());
        copy.steps_ = steps_;
        copy.batches_tracked_ = batches_tracked_;
        copy.freeze(frozen_);
        return copy;
    }

    /// Throws Error if this model was moved from.
    void require_values() const {
        if (!identity_) throw Error("this model was moved from and holds nothing; use the one that it was moved to");
    }

    const Backend& backend() const { return backend_; }
    /// The same for this model and the ones that it is moved to.
    const std::shared_ptr<const ModelIdentity>& identity() const { return identity_; }
    std::uint64_t seed() const { return seed_; }

    /// How many times `train_step` ran; with the seed it names the random numbers of the next one.
    std::uint32_t steps() const { return steps_; }

    /// How many batches the running statistics have seen: the steps of this model and of those whose state it took
    /// over.
    std::int64_t batches_tracked() const { return batches_tracked_; }

    /// Goes on as the model that had this seed after this many steps (a checkpoint).
    void resume_at(std::uint64_t seed, std::uint32_t steps) {
        seed_ = seed;
        steps_ = steps;
    }

    std::span<Scalar> parameters() { return whole().parameters_.span(); }
    std::span<const Scalar> parameters() const { return whole().parameters_.span(); }
    std::span<Scalar> statistics() { return whole().statistics_.span(); }
    std::span<const Scalar> statistics() const { return whole().statistics_.span(); }
    /// Of the last `train_step`, of the mean loss.
    std::span<Scalar> gradients() { return whole().gradients_.span(); }
    std::span<const Scalar> gradients() const { return whole().gradients_.span(); }

    /// Takes over parameters, statistics and how many batches these have seen (a loaded state).
    void adopt(typename Backend::template Buffer<Scalar> parameters,
               typename Backend::template Buffer<Scalar> statistics, std::int64_t batches_tracked) {
        whole().parameters_ = std::move(parameters);
        statistics_ = std::move(statistics);
        batches_tracked_ = batches_tracked;
        steps_runner_.forget();
    }

    /// Exchanges the parameters with as many others (averaged ones).
    void swap_parameters(typename Backend::template Buffer<Scalar>& others) {
        std::swap(whole().parameters_, others);
        steps_runner_.forget();
    }
    /// Exchanges the running statistics with as many others.
    void swap_statistics(typename Backend::template Buffer<Scalar>& others) {
        std::swap(whole().statistics_, others);
        steps_runner_.forget();
    }

    /// Freezes the parameter tensors whose flags are set, counted in their order, and thaws the others; `freeze` in
    /// model/freeze.hpp finds them by name.
    void freeze(std::vector<bool> tensors) {
        frozen_ = std::move(tensors);
        first_trained_layer_ = find_first_trained_layer();
        whole().steps_runner_.forget();
    }
    /// Whether parameter tensor number `tensor` is frozen: optimizers leave it, and its gradient means nothing.
    bool is_frozen(std::size_t tensor) const { return !frozen_.empty() && frozen_[tensor]; }
    /// The first layer with parameters that are not frozen; backward ends with the step that holds it.
    int first_trained_layer() const { return first_trained_layer_; }

    /// Bytes that training a batch of `images` takes beside parameters, gradients and statistics.
    static constexpr std::size_t training_bytes(int images, int threads) {
        return ThePlan::training_memory.bytes(images, threads);
    }

    /// The memory of `train_step`, made anew when a batch is larger than all before.
    Workspace<ThePlan, Backend>& training_workspace(int images) {
        if (whole().training_.images() < images) {
            training_ = {}; // free the old one before the new one is made
            steps_runner_.forget();
            loss_memory_.reserve(backend_, images); // first: should there be no memory, the workspace is still missing
            training_ = {backend_, ThePlan::training_memory, images};
        }
        return training_;
    }
    /// Where its loss is computed, for batches of up to as many images.
    typename Backend::LossMemory& loss_memory() { return loss_memory_; }
    /// What runs its steps.
    typename Backend::Steps& steps_runner() { return steps_runner_; }

    /// Counts a step and returns the number that it has, from 0.
    std::uint32_t begin_step() {
        ++batches_tracked_;
        return steps_++;
    }

private:
    struct Unset {};

    /// With room for the values, which are zero.
    Model(Unset, Backend backend, std::uint64_t seed)
        : backend_(std::move(backend)),
          seed_(seed),
          parameters_(backend_.template allocate<Scalar>(Network::parameter_count)),
          gradients_(backend_.template allocate<Scalar>(Network::parameter_count)),
          statistics_(backend_.template allocate<Scalar>(Network::statistic_count)),
          identity_(std::make_shared<const ModelIdentity>()) {}

    int find_first_trained_layer() const {
        std::size_t tensor = 0;
        for (int layer = 0; layer < Network::layer_count; ++layer)
            for (const TensorSpec& spec : Network::nodes[static_cast<std::size_t>(layer)].tensors)
                if (spec.role == Role::parameter && !is_frozen(tensor++)) return layer;
        return Network::layer_count;
    }

    Model& whole() {
        require_values();
        return *this;
    }
    const Model& whole() const {
        require_values();
        return *this;
    }

    Backend backend_;
    std::uint64_t seed_ = 0;
    std::uint32_t steps_ = 0;
    std::int64_t batches_tracked_ = 0;
    std::vector<bool> frozen_; // empty: none
    int first_trained_layer_ = 0;
    typename Backend::template Buffer<Scalar> parameters_;
    typename Backend::template Buffer<Scalar> gradients_;
    typename Backend::template Buffer<Scalar> statistics_;
    std::shared_ptr<const ModelIdentity> identity_;
    Workspace<ThePlan, Backend> training_;
    typename Backend::LossMemory loss_memory_;
    typename Backend::Steps steps_runner_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
