#pragma once

#include "tinyres/optim/optimizer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What RMSprop is made with; the defaults are PyTorch's.
struct RMSpropOptions {
    double alpha = 0.99; ///< of the running average of squares
    double epsilon = 1e-8;
    double momentum = 0.0;
    double weight_decay = 0.0;
};

/// Gradients divided by the root of a running average of their squares (Hinton, 2012), with momentum and coupled weight
/// decay: PyTorch's `optim.RMSprop`, not centered.
template <class Backend>
class RMSprop : public Optimizer<Backend> {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit RMSprop(const Model<Network, Backend>& model, const RMSpropOptions& options = {},
                     const ParameterRules& rules = {})
        : Optimizer<Backend>(model, rules),
          options_(options),
          square_(model.backend().template allocate<Scalar>(model.parameters().size())),
          momentum_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        require(options.alpha >= 0 && options.alpha < 1, "RMSprop: alpha must be in [0, 1)");
        require(options.epsilon >= 0, "RMSprop: epsilon must not be negative");
        require(options.momentum >= 0 && options.momentum < 1, "RMSprop: the momentum must be in [0, 1)");
        require(options.weight_decay >= 0, "RMSprop: the weight decay must not be negative");
    }

    std::vector<Moment<Scalar>> moments() override {
        return {{"square_avg", square_.span()}, {"momentum_buffer", momentum_.span()}};
    }
    std::string_view name() const override { return "rmsprop"; }

private:
    void update(const Backend& backend, const UpdateTerms& terms, UpdatePass<Scalar> pass) override {
        pass.moment1 = momentum_.data() + terms.first;
        pass.moment2 = square_.data() + terms.first;
        Kernel<Backend, RMSpropUpdate>::apply(backend,
                                              {.rate = terms.learning_rate,
                                               .alpha = options_.alpha,
                                               .epsilon = options_.epsilon,
                                               .momentum = options_.momentum,
                                               .weight_decay = options_.weight_decay * terms.decay_factor},
                                              pass);
    }

    RMSpropOptions options_;
    typename Backend::template Buffer<Scalar> square_;
    typename Backend::template Buffer<Scalar> momentum_;
};

template <class Network, class Backend>
RMSprop(const Model<Network, Backend>&, const RMSpropOptions& = {}, const ParameterRules& = {}) -> RMSprop<Backend>;

} // namespace TINYRES_ARCH
} // namespace tinyres
