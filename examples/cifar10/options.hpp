#pragma once

#include "programs/machine.hpp"
#include "programs/range_test.hpp"
#include "recipe.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace example {

/// Where the images come from.
inline constexpr const char* synthetic_source = "synthetic";

struct SummaryOptions {
    std::string norm = "bn";
};

struct ScheduleOptions {
    Recipe recipe;
    int train_images = 50'000;
};

/// What find-lr and train share.
struct RunOptions {
    Recipe recipe;
    Machine machine;
    std::string data = "data/cifar-10-batches-bin"; ///< a directory, or "synthetic"
    std::filesystem::path out;
    std::filesystem::path init; ///< weights to start from; empty: drawn by the recipe's seed
};

struct FindLrOptions : RunOptions {
    RangeTestFlags test;
};

struct TrainOptions : RunOptions {
    bool resume = false;
    std::set<std::string> given; ///< the flags on the command line, without their dashes
};

struct EvaluateOptions {
    std::filesystem::path weights;
    std::string norm; ///< empty: as the file says
    std::string data = "data/cifar-10-batches-bin";
    int batch_size = 500;
    int limit_test = 0;
    std::filesystem::path probabilities; ///< where the classes' probabilities go; empty: nowhere
    Machine machine;
};

struct PredictOptions {
    std::filesystem::path weights;
    std::vector<std::string> pictures;
    std::string norm;         ///< empty: as the file says
    std::string fit = "crop"; ///< crop: the largest square in the middle; stretch: the whole picture, made square
    bool json = false;
    Machine machine;
};

struct EmbedOptions {
    std::filesystem::path weights;
    std::string norm; ///< empty: as the file says
    std::filesystem::path out;
    std::string name = "s10_weights"; ///< of the namespace
    std::string precision = "fp32";   ///< fp32, or bf16: half the size
};

struct ReportOptions {
    std::filesystem::path out;
    std::string data{};                              ///< empty: as the run says
    Machine machine{.backend = "", .precision = ""}; ///< empty: as the run was
};

struct ExportOptions {
    std::filesystem::path weights;
    std::filesystem::path out;
    std::string format;               ///< onnx or safetensors
    std::string norm;                 ///< empty: as the file says
    std::string input = "normalized"; ///< what an ONNX file takes: normalized, 0-1 or 0-255
    bool fold_batch_norm = false;
};

// The subcommands. Each prints to stdout and throws Error when it cannot do its work.
void print_summary(const SummaryOptions& options);
void print_schedule(const ScheduleOptions& options);
void find_lr(const FindLrOptions& options);
void train(const TrainOptions& given);
void evaluate(const EvaluateOptions& options);
void predict(const PredictOptions& options);
void embed(const EmbedOptions& options);
void make_report(const ReportOptions& options);
void export_weights(const ExportOptions& options);

} // namespace example
