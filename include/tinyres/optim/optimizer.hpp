#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/model.hpp"
#include "tinyres/optim/parameter_groups.hpp"
#include "tinyres/optim/state_numbers.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A buffer that is kept beside the parameters, with PyTorch's name for it ("exp_avg").
template <class Scalar>
struct Moment {
    std::string_view name;
    std::span<Scalar> values; ///< laid out as the parameters
};

/// What an optimizer is asked for in a step, for neighboring parameters of one group.
struct UpdateTerms {
    double learning_rate = 0.0;            ///< the group's
    double decay_factor = 1.0;             ///< of the weight decay
    std::int64_t step = 1;                 ///< the number of their steps, with this one
    std::size_t first = 0;                 ///< where they begin among the parameters
    const NetworkTensor* tensor = nullptr; ///< the first of them
};

/// What changes the parameters of a model on `Backend` by their gradients. It is made for one model and steps no other;
/// when that model is moved, it goes on with the one that it was moved to. Which optimizer it is may be chosen at run
/// time: one virtual call a step costs nothing.
template <class Backend>
class Optimizer {
public:
    using Scalar = typename Backend::Scalar;

    virtual ~Optimizer() = default;

    /// Updates the model's parameters by its gradients, neighbors with the same factors at once: without rules and
    /// frozen parameters all. Those that are frozen or left out by a rate of 0, and their moments, stay. Allocates
    /// nothing. Throws Error when the optimizer was made for another model.
    template <class Network>
    void step(Model<Network, Backend>& model, double learning_rate) {
        require_made_for(model);
        ++steps_;
        for (std::size_t i = 0; i < tensors_.size();) {
            if (model.is_frozen(i) || tensors_[i].left_out()) {
                ++i;
                continue;
            }
            const OptimizedTensor group = tensors_[i];
            std::size_t count = 0;
            do {
                count += tensors_[i].count();
                ++tensors_[i].steps;
                ++i;
            } while (i < tensors_.size() && !model.is_frozen(i) && belongs_to(group, tensors_[i]));
            update(model.backend(),
                   {.learning_rate = learning_rate * group.factors.rate,
                    .decay_factor = group.factors.decay,
                    .step = group.steps + 1,
                    .first = group.first(),
                    .tensor = group.tensor},
                   {.count = count,
                    .parameters = model.parameters().data() + group.first(),
                    .gradients = model.gradients().data() + group.first()});
        }
    }

    /// The steps taken. Setting them (0 or more) belongs to restoring a checkpoint, with the moments' values.
    std::int64_t steps() const { return steps_; }
    void set_steps(std::int64_t steps) {
        steps_ = steps;
        for (OptimizedTensor& tensor : tensors_) tensor.steps = steps;
    }
    virtual std::vector<Moment<Scalar>> moments() = 0;

    /// The parameter tensors with their groups' factors, in the order of the parameters.
    std::span<const OptimizedTensor> tensors() const { return tensors_; }
    /// Tensor number `index` took fewer steps, because it was frozen; behind `set_steps`.
    void set_steps(std::size_t index, std::int64_t steps) { tensors_[index].steps = steps; }

    /// Throws Error unless the optimizer was made for this model.
    template <class Network>
    void require_made_for(const Model<Network, Backend>& model) const {
        if (model.parameters().size() != size_)
            throw Error("the optimizer was made for a model with " + std::to_string(size_) +
                        " parameters, this one has " + std::to_string(model.parameters().size()) +
                        "; make an optimizer for each model");
        if (model.identity() != model_)
            throw Error("the optimizer was made for another model with as many parameters; make an optimizer for each "
                        "model");
    }

    /// What checkpoints call it ("adam").
    virtual std::string_view name() const = 0;

protected:
    template <class Network>
    explicit Optimizer(const Model<Network, Backend>& model, const ParameterRules& rules)
        : size_(model.parameters().size()),
          model_(model.identity()),
          tensors_(optimized_tensors(network_tensors<Network>, rules)) {}

    /// Tensors that `which(const NetworkTensor&)` tells get an update of their own.
    template <class Which>
    void update_alone(Which which) {
        for (OptimizedTensor& tensor : tensors_) tensor.alone = which(*tensor.tensor);
    }

private:
    /// `pass` without the moments, which are the optimizer's own.
    virtual void update(const Backend& backend, const UpdateTerms& terms, UpdatePass<Scalar> pass) = 0;

    /// Whether a tensor is updated together with the group before it.
    static bool belongs_to(const OptimizedTensor& group, const OptimizedTensor& tensor) {
        return tensor.factors == group.factors && tensor.steps == group.steps && !group.alone && !tensor.alone;
    }

    std::size_t size_;
    std::shared_ptr<const ModelIdentity> model_;
    std::vector<OptimizedTensor> tensors_;
    std::int64_t steps_ = 0;
};

/// Throws unless `valid`; `what` is one line that names the option.
inline void require(bool valid, const char* what) {
    if (!valid) throw Error(what);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
