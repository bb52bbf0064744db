#pragma once

#include <filesystem>
#include <string>
#include <tinyres/data/picture.hpp>
#include <tinyres/io/classifier_notes.hpp>
#include <tinyres/model/embedded.hpp>
#include <vector>

namespace example {

namespace tr = tinyres;

/// A program to be written that classifies pictures.
struct ProjectOptions {
    std::filesystem::path weights; ///< a safetensors file with notes about its classifier
    std::filesystem::path out;     ///< the folder to write; it must not be there, or be empty
    std::string name = "classify"; ///< of the program: letters, digits, - and _
    std::string
        network_type; ///< C++, in namespace project, where tr is tinyres: "tr::ResNet18<tr::Image<3, 224, 224>, 5>"
    std::string network_header; ///< C++ that declares it: "#include <tinyres/networks/resnet.hpp>\n"
    std::string tinyres;        ///< a folder or an archive's address, for where tinyres is not installed; may be empty
    tr::EmbeddedNumbers numbers = tr::EmbeddedNumbers::float32;
    /// What the network says of `project_sample`, for the project's test: a probability for each class. Empty: the test
    /// only looks whether they are probabilities.
    std::vector<float> sample_probabilities;
};

/// The picture that a project's test classifies: a drawn one, of a size that depends on nothing.
tr::Picture project_sample();

/// Writes a CMake project of a program that classifies pictures, with the weights in it. Throws Error when the folder
/// is not empty, the weights have no notes, or something cannot be written; there is then nothing new.
void write_project(const ProjectOptions& options);

} // namespace example
