#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace example {

struct Options {
    std::string data = "cifar-10-batches-bin"; ///< a directory, or "synthetic"
    std::filesystem::path history = "speedrun.csv";
    std::string precision = "fp32";
    std::uint64_t seed = 1;
    int seeds = 1;
    int epochs = 8;
    int batch_size = 2000;
    int limit_train = 0;
    int limit_test = 0;
    int threads = 0;
    bool test_epochs = false;
};

} // namespace example
