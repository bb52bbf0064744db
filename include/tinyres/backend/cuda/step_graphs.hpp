#pragma once

#include "tinyres/backend/cuda/graph.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/plan/loss.hpp"

#include <algorithm>
#include <any>
#include <optional>
#include <utility>
#include <vector>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// *to = value, for what a graph reads and each step changes.
template <class Value>
__global__ void set_kernel(Value value, Value* to) {
    *to = value;
}

/// The training steps of one model, from the batch in its place to the gradients. The first one with a size of batch is
/// launched kernel by kernel; the second is recorded as a graph, which it and all later ones launch. What differs from
/// step to step is written to the GPU's memory in front of the graph: the batch, and the key of the random numbers.
class StepGraphs {
public:
    /// Does a step: `step(backend)` launches its kernels on that backend, with the random numbers of `random`. A step
    /// with equal `images`, `loss` and `places` must launch the same kernels on the same memory until `forget` is
    /// called.
    template <class Backend, Loss L, class Step>
    void run(const Backend& cuda, int images, const L& loss, const LossPlaces& places, const RandomKey& random,
             Step&& step) {
        if (cuda.graphs() == Graphs::off) return step(cuda);
        const auto found = std::find_if(recordings_.begin(), recordings_.end(), [&](const Recording& recording) {
            const L* const recorded = std::any_cast<L>(&recording.loss);
            return recording.images == images && recorded && *recorded == loss && recording.places == places;
        });
        if (found == recordings_.end()) {
            prepare(cuda);
            step(cuda);
            if (recordings_.size() == most_recordings) recordings_.erase(recordings_.begin());
            recordings_.push_back({images, loss, places, {}});
            return;
        }
        if (!found->graph)
            found->graph = Graph(stream_->get(), [&] { step(cuda.recording(stream_->get(), random_.data())); });
        launch(cuda, "set_random", {.threads = 1}, set_kernel<RandomKey>, random, random_.data());
        found->graph.launch(cuda.stream());
    }

    /// To be called when what steps work on has moved.
    void forget() { recordings_.clear(); }

private:
    struct Recording {
        int images;
        std::any loss;
        LossPlaces places;
        Graph graph; ///< none after the first step
    };

    /// An epoch has two sizes of batch; whoever trains on more of them by turns has their steps recorded too.
    static constexpr std::size_t most_recordings = 8;

    template <class Backend>
    void prepare(const Backend& cuda) {
        if (random_.size() == 0) random_ = cuda.template allocate<RandomKey>(1);
        if (!stream_) stream_.emplace();
        recordings_.reserve(most_recordings);
    }

    Buffer<RandomKey> random_;
    std::optional<Stream> stream_; ///< in which graphs are recorded
    std::vector<Recording> recordings_;
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
