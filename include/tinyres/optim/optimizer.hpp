#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/model.hpp"
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

/// A buffer that an optimizer keeps beside the parameters, with PyTorch's name for it ("exp_avg").
template <class Scalar>
struct Moment {
    std::string_view name;
    std::span<Scalar> values; ///< laid out as the parameters
};

/// What changes the parameters of a model on `Backend` by their gradients. It is made for one model and steps no other;
/// when that model is moved, it goes on with the one that it was moved to. Which optimizer it is may be chosen at run
/// time: one virtual call a step costs nothing.
template <class Backend>
class Optimizer {
public:
    using Scalar = typename Backend::Scalar;

    virtual ~Optimizer() = default;

    /// Updates the model's parameters by its gradients. Allocates nothing. Throws Error when the optimizer was made for
    /// another model.
    template <class Network>
    void step(Model<Network, Backend>& model, double learning_rate) {
        require_made_for(model);
        ++steps_;
        update(model.backend(), learning_rate,
               {.count = model.parameters().size(),
                .parameters = model.parameters().data(),
                .gradients = model.gradients().data()});
    }

    /// The steps taken. Setting them (0 or more) belongs to restoring a checkpoint, with the moments' values.
    std::int64_t steps() const { return steps_; }
    void set_steps(std::int64_t steps) { steps_ = steps; }
    virtual std::vector<Moment<Scalar>> moments() = 0;

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
    explicit Optimizer(const Model<Network, Backend>& model)
        : size_(model.parameters().size()), model_(model.identity()) {}

private:
    /// `pass` without the moments, which are the optimizer's own.
    virtual void update(const Backend& backend, double learning_rate, UpdatePass<Scalar> pass) = 0;

    std::size_t size_;
    std::shared_ptr<const ModelIdentity> model_;
    std::int64_t steps_ = 0;
};

/// Throws unless `valid`; `what` is one line that names the option.
inline void require(bool valid, const char* what) {
    if (!valid) throw Error(what);
}

} // namespace TINYRES_ARCH
} // namespace tinyres
