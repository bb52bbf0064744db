#pragma once

#include "tinyres/model/batch.hpp"
#include "tinyres/model/model.hpp"

#include <span>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Runs a model forward in prediction mode (running statistics, no dropout) as far as `Part` goes: its whole network,
/// or a network of its first layers, whose parameters are the first ones of the model's. Owns the memory that a pass
/// works in, so that passes after the first do not allocate, and reads the parameters where the model has them.
template <class Part, class Network, class Backend>
class ForwardRun {
    using ThePlan = Plan<Part, Backend>;

public:
    using Input = typename ThePlan::template Value<0>;
    using Output = typename ThePlan::template Value<ThePlan::step_count>;

    /// The model must outlive it.
    explicit ForwardRun(const Model<Network, Backend>& model) : model_(&model) {}

    const Backend& backend() const { return model_->backend(); }

    /// Where `count` images are to be put, (count, height, width, channels), on the backend. Throws Error if the model
    /// was moved from.
    Input* images(int count) {
        model_->require_values();
        if (workspace_.images() < count) {
            workspace_ = {}; // free the old one before the new one is made
            workspace_ = {backend(), ThePlan::prediction_memory, count};
        }
        return workspace_.template value<0>();
    }

    /// The outputs (count, outputs) of the images there, on the backend; valid until the next pass.
    const Output* operator()(int count) {
        PlanRun<Part, Backend>{.backend = backend(),
                               .workspace = workspace_,
                               .batch = count,
                               .training = false,
                               .parameters = model_->parameters().data(),
                               .statistics = model_->statistics().data()}
            .forward();
        return workspace_.template value<ThePlan::step_count>();
    }

    /// The same of these images, (images, height, width, channels). Throws Error unless they are whole ones.
    const Output* operator()(std::span<const float> values) {
        const int count = count_images(values.size(), Network::input.size());
        backend().upload(values, images(count));
        return (*this)(count);
    }

private:
    const Model<Network, Backend>* model_;
    Workspace<ThePlan, Backend> workspace_;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
