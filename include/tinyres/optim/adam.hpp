#pragma once

#include "tinyres/optim/optimizer_state.hpp"
#include "tinyres/plan/update.hpp"

namespace tinyres::inline TINYRES_ARCH {

struct AdamOptions {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.0;
};

namespace detail {

/// What Adam and AdamW share: two moments and the count of steps.
template <class Backend, bool Decoupled>
class AdamBase {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit AdamBase(const Model<Network, Backend>& model, const AdamOptions& options = {})
        : options_(options),
          average_(model.backend().template allocate<Scalar>(model.parameters().size())),
          square_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        require(options.beta1 >= 0 && options.beta1 < 1, "Adam: beta1 must be in [0, 1)");
        require(options.beta2 >= 0 && options.beta2 < 1, "Adam: beta2 must be in [0, 1)");
        require(options.epsilon >= 0, "Adam: epsilon must not be negative");
        require(options.weight_decay >= 0, "Adam: the weight decay must not be negative");
    }

    /// Updates the model's parameters by its gradients.
    template <class Network>
    void step(Model<Network, Backend>& model, double learning_rate) {
        ++steps_;
        const auto t = static_cast<double>(steps_);
        const AdamUpdate update{.step_size = learning_rate / (1.0 - std::pow(options_.beta1, t)),
                                .inverse_correction = 1.0 / std::sqrt(1.0 - std::pow(options_.beta2, t)),
                                .beta1 = options_.beta1,
                                .beta2 = options_.beta2,
                                .epsilon = options_.epsilon,
                                .coupled_decay = Decoupled ? 0.0 : options_.weight_decay,
                                .shrink = Decoupled ? 1.0 - learning_rate * options_.weight_decay : 1.0};
        Kernel<Backend, AdamUpdate>::apply(model.backend(), update,
                                           {.count = average_.size(),
                                            .parameters = model.parameters().data(),
                                            .gradients = model.gradients().data(),
                                            .moment1 = average_.data(),
                                            .moment2 = square_.data()});
    }

    /// The steps taken, and all else that a checkpoint has to keep.
    std::int64_t steps() const { return steps_; }
    void set_steps(std::int64_t steps) { steps_ = steps; }
    std::array<Moment<Scalar>, 2> moments() { return {{{"exp_avg", average_.span()}, {"exp_avg_sq", square_.span()}}}; }

private:
    AdamOptions options_;
    std::int64_t steps_ = 0;
    typename Backend::template Buffer<Scalar> average_;
    typename Backend::template Buffer<Scalar> square_;
};

} // namespace detail

/// Adam (Kingma and Ba, 2014) with coupled weight decay, which is added to the gradient: PyTorch's `optim.Adam`.
template <class Backend>
class Adam : public detail::AdamBase<Backend, false> {
public:
    static constexpr std::string_view name = "adam";
    using detail::AdamBase<Backend, false>::AdamBase;
};

/// Adam with decoupled weight decay, which shrinks the parameters by learning_rate * weight_decay (Loshchilov and
/// Hutter, 2017): PyTorch's `optim.AdamW`.
template <class Backend>
class AdamW : public detail::AdamBase<Backend, true> {
public:
    static constexpr std::string_view name = "adamw";
    using detail::AdamBase<Backend, true>::AdamBase;
};

template <class Network, class Backend, class... Options>
Adam(const Model<Network, Backend>&, Options...) -> Adam<Backend>;
template <class Network, class Backend, class... Options>
AdamW(const Model<Network, Backend>&, Options...) -> AdamW<Backend>;

} // namespace tinyres::inline TINYRES_ARCH
