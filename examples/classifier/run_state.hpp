#pragma once

#include "learner.hpp"
#include "options.hpp"
#include "programs/run_progress.hpp"

#include <filesystem>
#include <tinyres/io/classifier_notes.hpp>
#include <tinyres/io/safetensors.hpp>

namespace example {

/// How far a run is: what a checkpoint keeps beside the values of model, optimizer, averages and early stopping.
struct RunState : RunProgress {
    Recipe recipe;
    tr::ClassifierNotes notes;      ///< which go into every file of weights
    std::string data_name{};        ///< "folder of classes flowers"
    std::string data_fingerprint{}; ///< of the pictures that it was begun with
    bool skip_unreadable = false;   ///< files that cannot be read are left out
    int train_images = 0;
    int validation_images = 0;
    int test_images = 0;  ///< 0: the data set has no test set
    int best_epoch = 0;   ///< from 1; the one whose weights are in best.safetensors; 0: none yet
    bool stopped = false; ///< early stopping has ended it

    bool finished() const { return stopped || epochs_done == recipe.epochs; }
};

/// What is trained, in a few words: "resnet18 on folder of classes flowers".
std::string subject_of(const RunState& state);

/// The rates of a run's steps: one cycle.
Rates rates_of(const RunState& state, int batches_per_epoch);

/// Saves where a run stands: all that it needs to go on.
void save_checkpoint(const std::filesystem::path& path, const RunState& state, Learner& learner,
                     tr::EarlyStopping& stopping);

/// The state that a checkpoint was saved with. Throws Error when it is damaged or no checkpoint of this program.
RunState read_state(const std::filesystem::path& path);

/// Brings `learner` and `stopping` to where they were. Throws Error when the checkpoint is of another network.
void restore(Learner& learner, tr::EarlyStopping& stopping, const std::filesystem::path& checkpoint);

/// Saves what a run has trained, with notes that are enough to classify by it.
void save_weights(const std::filesystem::path& path, const RunState& state, Learner& learner);

/// Where a run keeps the weights of its best epoch.
std::filesystem::path best_weights(const std::filesystem::path& run);

/// The options with which a run goes on: recipe, data and first weights as it began. Throws Error when a flag that was
/// given now says something else; backend, precision, threads and the place of the data may be others.
TrainOptions resumed_options(TrainOptions options, const RunState& begun);

} // namespace example
