#pragma once

#include "programs/machine.hpp"
#include "programs/range_test.hpp"
#include "recipe.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace example {

/// What find-lr and train share.
struct RunOptions {
    Recipe recipe;
    Machine machine;
    std::string data;
    bool skip_unreadable = false;
    int loader_threads = 0; ///< that read, decode and augment; 0: half of the processors
    std::filesystem::path out;
    std::filesystem::path init; ///< weights to start from; empty: drawn by the recipe's seed
};

struct TrainOptions : RunOptions {
    bool resume = false;
    std::set<std::string> given; ///< the flags on the command line, without their dashes
};

struct FindLrOptions : RunOptions {
    RangeTestFlags test;
};

struct EvaluateOptions {
    std::filesystem::path weights;
    std::string data;
    std::string split = "auto";       ///< train, validation, test, all, or auto: what it has not learned from
    double validation_fraction = 0.0; ///< 0: as the weights' file says
    std::uint64_t seed = 0;
    bool skip_unreadable = false;
    int batch_size = 64;
    int loader_threads = 0;
    std::filesystem::path predictions; ///< a CSV file of each picture's truth and prediction; empty: none
    Machine machine;
};

struct PredictOptions {
    std::filesystem::path weights;
    std::vector<std::string> pictures; ///< files, and folders whose files are taken
    std::string format = "table";      ///< table, csv or json
    std::filesystem::path out;         ///< where that goes; empty: standard output
    Machine machine;
};

struct ReportOptions {
    std::filesystem::path out;
    std::string data{};                              ///< empty: as the run says
    Machine machine{.backend = "", .precision = ""}; ///< empty: as the run was
};

struct ExportOptions {
    std::filesystem::path weights;
    std::filesystem::path out;
    std::string format;               ///< onnx, safetensors or header
    std::string input = "normalized"; ///< what an ONNX file takes: normalized, 0-1 or 0-255
    bool fold_batch_norm = false;
    std::string name{};             ///< of the header's namespace or the project's program; empty: the usual one
    std::string precision = "fp32"; ///< of the header or project: fp32, or bf16: half the size
    std::filesystem::path project;  ///< the folder of a project to write, instead of a file; empty: none
    std::string tinyres{}; ///< where the project finds tinyres if it is not installed; empty: where this is from
};

// The subcommands. Each prints to stdout and throws Error when it cannot do its work.
void train(const TrainOptions& given);
void find_lr(const FindLrOptions& options);
void evaluate(const EvaluateOptions& options);
void predict(const PredictOptions& options);
void make_report(const ReportOptions& options);
void export_weights(const ExportOptions& options);
void list_recipes();
void list_networks();

} // namespace example
