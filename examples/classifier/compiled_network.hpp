#pragma once

#include "learner.hpp"
#include "programs/machine.hpp"

#include <span>
#include <string>
#include <tinyres/io/onnx.hpp>

namespace example {

/// A network that the program was compiled with.
struct CompiledNetwork {
    const char* network; ///< "resnet18"
    int image_size;      ///< pixels a side
    int most_classes;    ///< it has so many outputs; the first are the classes
    /// What makes learners; null where the build leaves them out.
    using Maker = std::unique_ptr<Learner> (*)(const LearnerOptions&);
    Maker cpu_fp32, cpu_bf16, cuda_fp32, cuda_bf16;
    std::string (*onnx)(std::vector<tr::NamedTensor> state, int classes, const tr::OnnxOptions&);
    const char* type; ///< its C++, over Input and Classes
};

/// All of them, and what else the build knows. Written by the build.
std::span<const CompiledNetwork> compiled_networks();
/// The names that can be compiled: "s10, resnet9, ...".
std::string known_networks();
/// The folder that the program was built from.
std::string source_folder();
/// The command that builds the program with network `entry` (name:size:classes) too.
std::string command_to_add(const std::string& entry);

/// The compiled network of that name and size (0: the first that there is) with room for `classes`. Throws Error, which
/// says how to add it, when there is none.
const CompiledNetwork& find_network(const std::string& network, int image_size, int classes);

/// The C++ of the network with an output for each of `classes`: "tr::ResNet18<tr::Image<3, 224, 224>, 5>".
std::string type_of(const CompiledNetwork& network, int classes);

/// A learner of that network. Throws Error when the program was compiled without the backend or the precision.
std::unique_ptr<Learner> make_learner(const CompiledNetwork& network, LearnerOptions options, const Machine& machine);

} // namespace example
