#pragma once

#include "learner.hpp"
#include "options.hpp"
#include "programs/run_progress.hpp"

#include <tinyres/io/safetensors.hpp>

namespace example {

/// How far a run is: what a checkpoint keeps beside the values of model and optimizer.
struct RunState : RunProgress {
    Recipe recipe;
};

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

/// Takes parameters and running statistics from such a file or a checkpoint. Says so when it ignores the prefix that a
/// wrapper in PyTorch has put before the tensors' names. Throws Error when a value is not finite.
void load_weights(Learner& learner, const tr::Safetensors& weights);

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
