#pragma once

#include <stdexcept>
#include <string>
#include <tinyres/data/synthetic.hpp>

namespace gpu {

/// Synthetic images for a few different batches.
inline tinyres::Dataset images(int batch_size) {
    return tinyres::make_synthetic(tinyres::Split::train, 4 * batch_size);
}

/// The value behind `flag`, or `otherwise`.
inline std::string option(int count, char** arguments, const std::string& flag, const std::string& otherwise) {
    for (int i = 1; i + 1 < count; i += 2)
        if (arguments[i] == flag) return arguments[i + 1];
    return otherwise;
}

/// The same as a number of 1 or more.
inline int count_option(int count, char** arguments, const std::string& flag, int otherwise) {
    const std::string text = option(count, arguments, flag, std::to_string(otherwise));
    const int value = std::atoi(text.c_str());
    if (value < 1) throw std::invalid_argument(flag + " takes a number of 1 or more, not '" + text + "'");
    return value;
}

} // namespace gpu
