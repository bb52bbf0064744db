#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace example {

/// A picture that was asked about and what came of it.
struct Answer {
    std::string file;
    int width = 0; ///< as it is seen, before it was resized
    int height = 0;
    std::string problem;              ///< empty when it could be read
    std::span<const float> chances{}; ///< the classes' probabilities; empty when it could not be read
};

/// The five likeliest classes of each picture, in columns.
std::string to_table(std::span<const Answer> answers, const std::vector<std::string>& class_names);

/// All classes of each picture in full precision, and the problems of those that could not be read, as JSON.
std::string to_json(std::span<const Answer> answers, const std::vector<std::string>& class_names,
                    const std::string& weights);

/// A line a picture: file, the likeliest class and its probability, then each class's probability; with quotes as RFC
/// 4180 says. A picture that could not be read has a file and nothing else.
std::string to_csv(std::span<const Answer> answers, const std::vector<std::string>& class_names);

/// The problems of the pictures that could not be read.
std::vector<std::string> problems_of(std::span<const Answer> answers);

/// Gives the answers that have no problem their probabilities, (pictures, classes), in their order.
void set_chances(std::span<Answer> answers, std::span<const float> chances, std::size_t classes);

} // namespace example
