#pragma once

#include "tinyres/optim/optimizer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What Sgd is made with.
struct SgdOptions {
    double momentum = 0.9;
    double weight_decay = 0.0;
    bool nesterov = true;
};

/// Stochastic gradient descent with (Nesterov) momentum and coupled weight decay: PyTorch's `optim.SGD`.
template <class Backend>
class Sgd : public Optimizer<Backend> {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit Sgd(const Model<Network, Backend>& model, const SgdOptions& options = {}, const ParameterRules& rules = {})
        : Optimizer<Backend>(model, rules),
          options_(options),
          momentum_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        require(options.momentum >= 0 && options.momentum < 1, "SGD: the momentum must be in [0, 1)");
        require(options.weight_decay >= 0, "SGD: the weight decay must not be negative");
        require(!options.nesterov || options.momentum > 0, "SGD: Nesterov's form needs a momentum above 0");
    }

    std::vector<Moment<Scalar>> moments() override { return {{"momentum_buffer", momentum_.span()}}; }
    std::string_view name() const override { return "sgd"; }

private:
    void update(const Backend& backend, const UpdateTerms& terms, UpdatePass<Scalar> pass) override {
        pass.moment1 = momentum_.data() + terms.first;
        Kernel<Backend, SgdUpdate>::apply(backend,
                                          {.rate = terms.learning_rate,
                                           .momentum = options_.momentum,
                                           .weight_decay = options_.weight_decay * terms.decay_factor,
                                           .nesterov = options_.nesterov},
                                          pass);
    }

    SgdOptions options_;
    typename Backend::template Buffer<Scalar> momentum_;
};

template <class Network, class Backend>
Sgd(const Model<Network, Backend>&, const SgdOptions& = {}, const ParameterRules& = {}) -> Sgd<Backend>;

} // namespace TINYRES_ARCH
} // namespace tinyres
