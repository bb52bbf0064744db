#pragma once

#include <filesystem>

namespace example {

struct InspectOptions {
    std::filesystem::path data;  ///< a folder with a folder a class, or a manifest (.csv, .jsonl)
    std::filesystem::path out{}; ///< a page with a contact sheet; empty: none
    bool json = false;           ///< the findings for programs, instead of tables
    int threads = 0;             ///< that read and decode; 0: all that there are
};

/// Says what is in a set of pictures: classes and their sizes, formats, sizes in pixels, pictures that are there twice
/// (above all in training and test), files that cannot be read. Throws Error when there is nothing to inspect, or `out`
/// cannot be written.
void inspect(const InspectOptions& options);

} // namespace example
