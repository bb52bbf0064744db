#pragma once

#include "tinyres/optim/adam.hpp"
#include "tinyres/plan/muon.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What Muon is made with; the defaults of matrices are K. Jordan's.
struct MuonOptions {
    double momentum = 0.95;
    bool nesterov = true;
    int iterations = 5;        ///< of Newton and Schulz
    double weight_decay = 0.0; ///< of matrices, decoupled
    bool rescaled = false;     ///< whether each step first brings a matrix to the norm sqrt(outputs)
    AdamOptions adam{};        ///< of AdamW, for all that is not a matrix
    double adam_rate = 0.015;  ///< AdamW's learning rate as a factor of Muon's: 3e-4 beside 0.02
    ParameterRules by_adam{};  ///< matrices that AdamW takes as well, by their names alone: first layer and head
};

/// Momentum orthogonalized, for matrices (K. Jordan et al., 2024, "Muon"): the weights of Linear, and filters as
/// matrices (out, in * height * width). Biases, normalizations, and what `by_adam` names, go to AdamW, as in the
/// original:
///
///     Muon optimizer{model, {.by_adam = {{"fc.*"}}}};
///     optimizer.step(model, 0.02);
///
/// Rules for groups apply to both; a rate of 0 leaves parameters to an optimizer beside this one. `rescaled` is for
/// filters in front of a normalization, which their length does not change (K. Jordan's airbench94). It differs from
/// the original in that matrices are multiplied in float, not in bfloat16, and that filters are scaled by the sides of
/// their matrix. For `Cpu` and `Reference`; elsewhere it does not compile.
template <class Backend>
class Muon : public Optimizer<Backend> {
    static_assert(HasKernel<Backend, MuonUpdate>,
                  "tinyres: this backend has no kernel for Muon; train with AdamW, or on Cpu");

public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit Muon(const Model<Network, Backend>& model, const MuonOptions& options = {},
                  const ParameterRules& rules = {})
        : Optimizer<Backend>(model, rules),
          options_(options),
          first_(model.backend().template allocate<Scalar>(model.parameters().size())),
          square_(model.backend().template allocate<Scalar>(model.parameters().size())) {
        detail::require_valid(options.adam);
        require(options.momentum >= 0 && options.momentum < 1, "Muon: the momentum must be in [0, 1)");
        require(options.iterations >= 1, "Muon: at least one iteration is needed");
        require(options.weight_decay >= 0, "Muon: the weight decay must not be negative");
        require(options.adam_rate >= 0, "Muon: AdamW's rate must not be negative");
        optimized_tensors(network_tensors<Network>, options.by_adam); // throws where a name fits nothing
        std::size_t scratch = 0;
        this->update_alone([&](const NetworkTensor& tensor) {
            if (!is_matrix(tensor)) return false;
            scratch = (std::max)(scratch, Kernel<Backend, MuonUpdate>::scratch(rows(tensor), columns(tensor)));
            return true;
        });
        scratch_ = model.backend().template allocate<Scalar>(scratch);
    }

    /// `exp_avg` is the momentum of matrices; these have no `exp_avg_sq`, where zeros stand.
    std::vector<Moment<Scalar>> moments() override {
        return {{"exp_avg", first_.span()}, {"exp_avg_sq", square_.span()}};
    }
    std::string_view name() const override { return "muon"; }

private:
    bool is_matrix(const NetworkTensor& tensor) const {
        return tensor.spec.rank >= 2 && std::none_of(options_.by_adam.begin(), options_.by_adam.end(),
                                                     [&](const ParameterRule& rule) { return rule.fits(tensor); });
    }
    /// Filters lie as (height, width, in, out), weights of Linear as (in, out): the outputs are the columns.
    static int columns(const NetworkTensor& tensor) { return tensor.spec.shape[0]; }
    static int rows(const NetworkTensor& tensor) { return tensor.spec.size() / tensor.spec.shape[0]; }

    void update(const Backend& backend, const UpdateTerms& terms, UpdatePass<Scalar> pass) override {
        pass.moment1 = first_.data() + terms.first;
        pass.moment2 = square_.data() + terms.first;
        if (!is_matrix(*terms.tensor)) {
            const double rate = terms.learning_rate * options_.adam_rate;
            Kernel<Backend, AdamUpdate>::apply(backend, detail::adam_update<true>(options_.adam, rate, terms), pass);
            return;
        }
        Kernel<Backend, MuonUpdate>::apply(
            backend,
            {.rate = terms.learning_rate,
             .momentum = options_.momentum,
             .shrink = 1.0 - terms.learning_rate * options_.weight_decay * terms.decay_factor,
             .nesterov = options_.nesterov,
             .rescaled = options_.rescaled,
             .iterations = options_.iterations,
             .rows = rows(*terms.tensor),
             .columns = columns(*terms.tensor)},
            pass, scratch_.data());
    }

    MuonOptions options_;
    typename Backend::template Buffer<Scalar> first_;
    typename Backend::template Buffer<Scalar> square_;
    typename Backend::template Buffer<Scalar> scratch_;
};

template <class Network, class Backend>
Muon(const Model<Network, Backend>&, const MuonOptions& = {}, const ParameterRules& = {}) -> Muon<Backend>;

} // namespace TINYRES_ARCH
} // namespace tinyres
