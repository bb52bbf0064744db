#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/model.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tinyres::inline TINYRES_ARCH {

/// A buffer that an optimizer keeps beside the parameters, with PyTorch's name for it ("exp_avg").
template <class Scalar>
struct Moment {
    std::string_view name;
    std::span<Scalar> values; ///< laid out as the parameters
};

/// What changes the parameters of a model on `Backend` by their gradients. It is made for one model, whose number of
/// parameters its moments have. Which optimizer it is may be chosen at run time: one virtual call a step costs nothing.
template <class Backend>
class Optimizer {
public:
    using Scalar = typename Backend::Scalar;

    virtual ~Optimizer() = default;

    /// Updates the model's parameters by its gradients. Allocates nothing. Throws Error when the model has another
    /// number of parameters than the one that the optimizer was made for.
    template <class Network>
    void step(Model<Network, Backend>& model, double learning_rate) {
        require_size(model.parameters().size());
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

    /// Throws Error unless the optimizer is for a model of `size` parameters.
    void require_size(std::size_t size) const {
        if (size != size_)
            throw Error("the optimizer was made for a model of " + std::to_string(size_) +
                        " parameters, this one has " + std::to_string(size) + "; make an optimizer for each model");
    }

    /// What checkpoints call it ("adam").
    virtual std::string_view name() const = 0;

protected:
    /// For models of `size` parameters.
    explicit Optimizer(std::size_t size) : size_(size) {}

private:
    /// `pass` without the moments, which are the optimizer's own.
    virtual void update(const Backend& backend, double learning_rate, UpdatePass<Scalar> pass) = 0;

    std::size_t size_;
    std::int64_t steps_ = 0;
};

/// Throws unless `valid`; `what` is one line that names the option.
inline void require(bool valid, const char* what) {
    if (!valid) throw Error(what);
}

} // namespace tinyres::inline TINYRES_ARCH
