#pragma once

#include "tinyres/optim/optimizer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What Lion is made with; the defaults are the paper's.
struct LionOptions {
    double beta1 = 0.9;
    double beta2 = 0.99;
    double weight_decay = 0.0;
};

/// The sign of an interpolation of momentum and gradient, with decoupled weight decay (Chen et al., 2023, "Symbolic
/// discovery of optimization algorithms"). Every step has the same size, so rates are 3 to 10 times lower than Adam's
/// and weight decays as much higher.
template <class Backend>
class Lion : public Optimizer<Backend> {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit Lion(const Model<Network, Backend>& model, const LionOptions& options = {},
                  const ParameterRules& rules = {})
        : Optimizer<Backend>(model, rules),
          options_(options),
          average_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        require(options.beta1 >= 0 && options.beta1 < 1, "Lion: beta1 must be in [0, 1)");
        require(options.beta2 >= 0 && options.beta2 < 1, "Lion: beta2 must be in [0, 1)");
        require(options.weight_decay >= 0, "Lion: the weight decay must not be negative");
    }

    std::vector<Moment<Scalar>> moments() override { return {{"exp_avg", average_.span()}}; }
    std::string_view name() const override { return "lion"; }

private:
    void update(const Backend& backend, const UpdateTerms& terms, UpdatePass<Scalar> pass) override {
        pass.moment1 = average_.data() + terms.first;
        Kernel<Backend, LionUpdate>::apply(
            backend,
            {.rate = terms.learning_rate,
             .beta1 = options_.beta1,
             .beta2 = options_.beta2,
             .shrink = 1.0 - terms.learning_rate * options_.weight_decay * terms.decay_factor},
            pass);
    }

    LionOptions options_;
    typename Backend::template Buffer<Scalar> average_;
};

template <class Network, class Backend>
Lion(const Model<Network, Backend>&, const LionOptions& = {}, const ParameterRules& = {}) -> Lion<Backend>;

} // namespace TINYRES_ARCH
} // namespace tinyres
