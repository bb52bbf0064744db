#pragma once

#include "banner.hpp"
#include "history.hpp"
#include "learner.hpp"
#include "options.hpp"

#include <tinyres/io/safetensors.hpp>

namespace example {

/// How far a run is: what a checkpoint keeps beside the values of model and optimizer.
struct RunState {
    Recipe recipe;
    std::string backend;
    std::string precision;
    std::string data;    ///< an absolute path, or "synthetic"
    std::string init{};  ///< the absolute path of the weights that it began with; empty: drawn by the seed
    int epochs_done = 0; ///< of recipe.epochs
    double max_lr = 0.0; ///< what the recipe says or the finder found
    History history{};
    Banner banner{};                   ///< what the run has said about itself; empty in old checkpoints
    std::uint64_t peak_memory_bytes{}; ///< the most that its process has taken; 0 when that is not known
};

/// `path` as it is seen from any directory; one that cannot be is refused where it is read.
std::string absolute_path(const std::filesystem::path& path);

/// Throws Error when no checkpoint can hold the state: the path of the data or of the weights to start from is
/// no UTF-8 text.
void require_storable(const RunState& state);

/// Saves where a run stands: all that it needs to go on.
void save_checkpoint(const std::filesystem::path& path, const RunState& state, Learner& learner);

/// The state that a checkpoint was saved with. Throws Error when it is damaged or no checkpoint of this program.
RunState read_state(const std::filesystem::path& path);

/// The state of a finished run of which only its weights and its history are left: without what the weights' notes do
/// not say (banner, memory, backend, precision; the data unless it is synthetic). Throws Error when the weights are
/// damaged or not of a run of this program.
RunState read_finished_state(const std::filesystem::path& weights, const History& history);

/// Brings `learner` to where it was. Throws Error when the checkpoint is of another network or optimizer.
void restore(Learner& learner, const std::filesystem::path& checkpoint);

/// Saves what a run has trained: parameters and running statistics, with its recipe and its data (CIFAR-10 or
/// synthetic) as notes.
void save_weights(const std::filesystem::path& path, const RunState& state, const Learner& learner);

/// Throws Error when one of `values`, which the weights in a file hold or give, is NaN or infinite; `what` names them.
void require_finite(const std::filesystem::path& weights, const std::string& what, std::span<const float> values);

/// Takes parameters and running statistics from such a file or a checkpoint. Says so when it ignores the prefix that a
/// wrapper in PyTorch has put before the tensors' names. Throws Error when a value is not finite.
void load_weights(Learner& learner, const tr::Safetensors& weights);

/// Throws Error, naming the flag, when a file cannot be written at `out`, or is the one with the weights.
void require_output(const std::string& flag, const std::filesystem::path& out, const std::filesystem::path& weights);

/// The norm of the network that the weights in a file belong to, as the file says it or, if it does not, as `given`
/// (may be empty). Throws Error when neither says it or the two contradict each other.
std::string norm_of(const tr::Safetensors& weights, const std::string& given);

/// A network with the weights in a file; `norm` is given as for norm_of.
std::unique_ptr<Learner> make_trained_learner(const tr::Safetensors& weights, const std::string& norm,
                                              const Machine& machine);

/// What the classes are called that the weights in a file tell apart: CIFAR-10's, or the synthetic set's if the file
/// says that they were trained on that.
std::vector<std::string> class_names_of(const tr::Safetensors& weights);

/// The options with which a run goes on: recipe, backend, precision, data and first weights as it began. Throws Error
/// when a flag that was given now contradicts the recipe, names other weights to start from, or changes from real to
/// synthetic images or back; backend, precision, threads and the place of the data may be others.
TrainOptions resumed_options(TrainOptions options, const RunState& begun);

} // namespace example
