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

/// What Adam and AdamW share: all but where the weight decay goes.
template <class Backend, bool Decoupled>
class AdamBase : public Optimizer<Backend> {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit AdamBase(const Model<Network, Backend>& model, const AdamOptions& options = {})
        : Optimizer<Backend>(model),
          options_(options),
          average_(model.backend().template allocate<Scalar>(model.parameters().size())),
          square_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        require(options.beta1 >= 0 && options.beta1 < 1, "Adam: beta1 must be in [0, 1)");
        require(options.beta2 >= 0 && options.beta2 < 1, "Adam: beta2 must be in [0, 1)");
        require(options.epsilon >= 0, "Adam: epsilon must not be negative");
        require(options.weight_decay >= 0, "Adam: the weight decay must not be negative");
    }

    std::vector<Moment<Scalar>> moments() override {
        return {{"exp_avg", average_.span()}, {"exp_avg_sq", square_.span()}};
    }
    std::string_view name() const override { return Decoupled ? "adamw" : "adam"; }

private:
    void update(const Backend& backend, double learning_rate, UpdatePass<Scalar> pass) override {
        const auto t = static_cast<double>(this->steps());
        pass.moment1 = average_.data();
        pass.moment2 = square_.data();
        Kernel<Backend, AdamUpdate>::apply(backend,
                                           {.step_size = learning_rate / (1.0 - std::pow(options_.beta1, t)),
                                            .inverse_correction = 1.0 / std::sqrt(1.0 - std::pow(options_.beta2, t)),
                                            .beta1 = options_.beta1,
                                            .beta2 = options_.beta2,
                                            .epsilon = options_.epsilon,
                                            .coupled_decay = Decoupled ? 0.0 : options_.weight_decay,
                                            .shrink = Decoupled ? 1.0 - learning_rate * options_.weight_decay : 1.0},
                                           pass);
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

template <class Network, class Backend, class... Options>
Adam(const Model<Network, Backend>&, Options...) -> Adam<Backend>;
template <class Network, class Backend, class... Options>
AdamW(const Model<Network, Backend>&, Options...) -> AdamW<Backend>;

} // namespace TINYRES_ARCH
} // namespace tinyres
