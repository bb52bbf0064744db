#pragma once

#include "tinyres/optim/optimizer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What Adam and AdamW are made with; the defaults are PyTorch's, weight decay of AdamW apart.
struct AdamOptions {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.0;
};

namespace detail {

/// The scalars of a step of Adam or AdamW at learning rate `rate`.
template <bool Decoupled>
AdamUpdate adam_update(const AdamOptions& options, double rate, const UpdateTerms& terms) {
    const auto t = static_cast<double>(terms.step);
    const double decay = options.weight_decay * terms.decay_factor;
    return {.step_size = rate / (1.0 - std::pow(options.beta1, t)),
            .inverse_correction = 1.0 / std::sqrt(1.0 - std::pow(options.beta2, t)),
            .beta1 = options.beta1,
            .beta2 = options.beta2,
            .epsilon = options.epsilon,
            .coupled_decay = Decoupled ? 0.0 : decay,
            .shrink = Decoupled ? 1.0 - rate * decay : 1.0};
}

/// Throws Error unless the options make sense.
inline void require_valid(const AdamOptions& options) {
    require(options.beta1 >= 0 && options.beta1 < 1, "Adam: beta1 must be in [0, 1)");
    require(options.beta2 >= 0 && options.beta2 < 1, "Adam: beta2 must be in [0, 1)");
    require(options.epsilon >= 0, "Adam: epsilon must not be negative");
    require(options.weight_decay >= 0, "Adam: the weight decay must not be negative");
}

/// What Adam and AdamW share: all but where the weight decay goes.
template <class Backend, bool Decoupled>
class AdamBase : public Optimizer<Backend> {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit AdamBase(const Model<Network, Backend>& model, const AdamOptions& options = {},
                      const ParameterRules& rules = {})
        : Optimizer<Backend>(model, rules),
          options_(options),
          average_(model.backend().template allocate<Scalar>(model.parameters().size())),
          square_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        require_valid(options);
    }

    std::vector<Moment<Scalar>> moments() override {
        return {{"exp_avg", average_.span()}, {"exp_avg_sq", square_.span()}};
    }
    std::string_view name() const override { return Decoupled ? "adamw" : "adam"; }

private:
    void update(const Backend& backend, const UpdateTerms& terms, UpdatePass<Scalar> pass) override {
        pass.moment1 = average_.data() + terms.first;
        pass.moment2 = square_.data() + terms.first;
        Kernel<Backend, AdamUpdate>::apply(backend, adam_update<Decoupled>(options_, terms.learning_rate, terms), pass);
    }

    AdamOptions options_;
    typename Backend::template Buffer<Scalar> average_;
    typename Backend::template Buffer<Scalar> square_;
};

} // namespace detail

/// Adam (Kingma and Ba, 2014) with coupled weight decay, which is added to the gradient: PyTorch's `optim.Adam`.
template <class Backend>
class Adam : public detail::AdamBase<Backend, false> {
public:
    using detail::AdamBase<Backend, false>::AdamBase;
};

/// Adam with decoupled weight decay, which shrinks the parameters by learning_rate * weight_decay (Loshchilov and
/// Hutter, 2017): PyTorch's `optim.AdamW`.
template <class Backend>
class AdamW : public detail::AdamBase<Backend, true> {
public:
    using detail::AdamBase<Backend, true>::AdamBase;
};

template <class Network, class Backend>
Adam(const Model<Network, Backend>&, const AdamOptions& = {}, const ParameterRules& = {}) -> Adam<Backend>;
template <class Network, class Backend>
AdamW(const Model<Network, Backend>&, const AdamOptions& = {}, const ParameterRules& = {}) -> AdamW<Backend>;

} // namespace TINYRES_ARCH
} // namespace tinyres
