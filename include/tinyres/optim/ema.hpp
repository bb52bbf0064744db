#pragma once

#include "tinyres/core/error.hpp"
#include "tinyres/model/model.hpp"
#include "tinyres/optim/optimizer.hpp"
#include "tinyres/plan/update.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What Ema is made with.
struct EmaOptions {
    double decay = 0.999;
    bool statistics = false; ///< whether running statistics are averaged too (PyTorch's use_buffers); otherwise the
                             ///< averaged parameters go with the model's own
};

/// An exponential moving average of a model's parameters:
///
///     average = decay * average + (1 - decay) * parameters
///
/// The first update copies. PyTorch's `AveragedModel` with `get_ema_multi_avg_fn(decay)`. It is made for one model, as
/// an optimizer is.
///
///     Ema ema{model, {.decay = 0.999}};
///     ...optimizer.step(model, rate); ema.update(model);
///     {
///         const auto averaged = ema.use(model); // until the end of the scope the model has the averages
///         evaluate(model, test);
///         save_weights("averaged.safetensors", model);
///     }
template <class Backend>
class Ema {
public:
    using Scalar = typename Backend::Scalar;

    template <class Network>
    explicit Ema(const Model<Network, Backend>& model, const EmaOptions& options = {})
        : options_(options),
          model_(model.identity()),
          parameters_(model.backend().template allocate<Scalar>(model.parameters().size())),
          statistics_(model.backend().template allocate<Scalar>(options.statistics ? model.statistics().size() : 0)) {
        require(options.decay >= 0 && options.decay < 1, "Ema: the decay must be in [0, 1)");
    }

    /// Takes the model's values into the average; after each step of the optimizer. Allocates nothing. Throws Error for
    /// another model, and while the model has the averages.
    template <class Network>
    void update(const Model<Network, Backend>& model) {
        require_own(model);
        require_not_used();
        const double decay = updates_ == 0 ? 0.0 : options_.decay;
        const auto take = [&](std::span<const Scalar> values, auto& average) {
            Kernel<Backend, WeightedSum>::apply(model.backend(), {.x_weight = 1.0 - decay, .y_weight = decay},
                                                average.size(), values.data(), average.data());
        };
        take(model.parameters(), parameters_);
        if (options_.statistics) take(model.statistics(), statistics_);
        ++updates_;
    }

    /// Exchanges the model's values and the averages; a second call changes them back. Nothing before the first update.
    template <class Network>
    void swap(Model<Network, Backend>& model) {
        require_own(model);
        if (updates_ == 0) return;
        model.swap_parameters(parameters_);
        if (options_.statistics) model.swap_statistics(statistics_);
        used_ = !used_;
    }

    /// A scope in which a model has the averages.
    template <class Network>
    class Use {
    public:
        Use(Ema& ema, Model<Network, Backend>& model) : ema_(ema), model_(model) { ema_.swap(model_); }
        ~Use() { ema_.swap(model_); }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        Ema& ema_;
        Model<Network, Backend>& model_;
    };

    /// The model has the averages until what this returns ends; it must not train or be moved in between. Throws Error
    /// if it has them already.
    template <class Network>
    [[nodiscard]] Use<Network> use(Model<Network, Backend>& model) {
        require_not_used();
        return {*this, model};
    }

    /// How many times values were taken in.
    std::int64_t updates() const { return updates_; }

    /// The averages for a checkpoint, of parameters and, if they are averaged, of statistics. Throws Error while the
    /// model has them.
    std::span<Scalar> parameters() {
        require_not_used();
        return parameters_.span();
    }
    std::span<Scalar> statistics() {
        require_not_used();
        return statistics_.span();
    }

    /// Goes on as an Ema with these averages after so many updates (a checkpoint).
    void adopt(typename Backend::template Buffer<Scalar> parameters,
               typename Backend::template Buffer<Scalar> statistics, std::int64_t updates) {
        parameters_ = std::move(parameters);
        statistics_ = std::move(statistics);
        updates_ = updates;
    }

private:
    template <class Network>
    void require_own(const Model<Network, Backend>& model) const {
        if (model.identity() != model_) throw Error("the Ema was made for another model; make one for each model");
    }
    void require_not_used() const {
        if (used_) throw Error("the model has the averaged values of an Ema now; swap them back before it goes on");
    }

    EmaOptions options_;
    std::shared_ptr<const ModelIdentity> model_;
    typename Backend::template Buffer<Scalar> parameters_;
    typename Backend::template Buffer<Scalar> statistics_;
    std::int64_t updates_ = 0;
    bool used_ = false;
};

template <class Network, class Backend>
Ema(const Model<Network, Backend>&, const EmaOptions& = {}) -> Ema<Backend>;

} // namespace TINYRES_ARCH
} // namespace tinyres
