#pragma once

#include "tinyres/optim/optimizer_state.hpp"
#include "tinyres/plan/update.hpp"

namespace tinyres::inline TINYRES_ARCH {

struct SgdOptions {
    double momentum = 0.9;
    double weight_decay = 0.0;
    bool nesterov = true;
};

/// Stochastic gradient descent with (Nesterov) momentum and coupled weight decay: PyTorch's `optim.SGD`.
template <class Backend>
class Sgd {
public:
    using Scalar = typename Backend::Scalar;
    static constexpr std::string_view name = "sgd";

    template <class Network>
    explicit Sgd(const Model<Network, Backend>& model, const SgdOptions& options = {})
        : options_(options), momentum_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        require(options.momentum >= 0 && options.momentum < 1, "SGD: the momentum must be in [0, 1)");
        require(options.weight_decay >= 0, "SGD: the weight decay must not be negative");
        require(!options.nesterov || options.momentum > 0, "SGD: Nesterov's form needs a momentum above 0");
    }

    /// Updates the model's parameters by its gradients.
    template <class Network>
    void step(Model<Network, Backend>& model, double learning_rate) {
        ++steps_;
        const SgdUpdate update{.rate = learning_rate,
                               .momentum = options_.momentum,
                               .weight_decay = options_.weight_decay,
                               .nesterov = options_.nesterov};
        Kernel<Backend, SgdUpdate>::apply(model.backend(), update,
                                          {.count = momentum_.size(),
                                           .parameters = model.parameters().data(),
                                           .gradients = model.gradients().data(),
                                           .moment1 = momentum_.data()});
    }

    /// The steps taken, and all else that a checkpoint has to keep.
    std::int64_t steps() const { return steps_; }
    void set_steps(std::int64_t steps) { steps_ = steps; }
    std::array<Moment<Scalar>, 1> moments() { return {{{"momentum_buffer", momentum_.span()}}}; }

private:
    SgdOptions options_;
    std::int64_t steps_ = 0;
    typename Backend::template Buffer<Scalar> momentum_;
};

template <class Network, class Backend, class... Options>
Sgd(const Model<Network, Backend>&, Options...) -> Sgd<Backend>;

} // namespace tinyres::inline TINYRES_ARCH
