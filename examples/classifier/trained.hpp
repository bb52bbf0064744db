#pragma once

#include "compiled_network.hpp"
#include "programs/machine.hpp"

#include <filesystem>
#include <memory>
#include <tinyres/io/classifier_notes.hpp>
#include <tinyres/io/safetensors.hpp>

namespace example {

/// Weights with what their file says about them, and a learner that has them.
struct Trained {
    tr::Safetensors file;
    tr::ClassifierNotes notes;
    const CompiledNetwork& network;
    std::unique_ptr<Learner> learner;
};

/// Reads a file of weights of a classifier. Throws Error when it says nothing about the classifier, the program was
/// compiled without its network, or a value is not finite.
Trained read_trained(const std::filesystem::path& weights, const Machine& machine);

/// Loads the weights in `init` to start from, with Strict::no, and says what begins anew.
void load_init(Learner& learner, const std::filesystem::path& init);

} // namespace example
