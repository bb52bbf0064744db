// Trains from scratch to 94% of CIFAR-10's test images in as little time as possible, by airbench94's recipe.
#include "data.hpp"
#include "programs/command_line.hpp"
#include "programs/program.hpp"
#include "programs/text.hpp"
#include "run.hpp"
#include "table.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <tinyres/core/check_processor.hpp>
#include <tinyres/io/file_error.hpp>

namespace example {

namespace {

void add_options(CLI::App& app, Options& options) {
    app.option_defaults()->always_capture_default();
    app.add_option("--data", options.data,
                   "directory of CIFAR-10's binary files, or 'synthetic' for images that the program draws");
    app.add_option("--epochs", options.epochs, "number of epochs")->check(CLI::Range(1, 10'000));
    app.add_option("--batch-size", options.batch_size, "images per step")->check(CLI::Range(2, 50'000));
    app.add_option("--limit-train", options.limit_train, "number of training images to use; 0: all")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--limit-test", options.limit_test, "number of test images to use; 0: all")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--seed", options.seed, "random seed")->check(whole_number());
    app.add_option("--seeds", options.seeds,
                   "number of trainings, with this seed and the next ones; the end says mean and deviation")
        ->check(CLI::Range(1, 100'000));
    app.add_option("--precision", options.precision,
                   "fp32, or bf16 for mixed precision, which stores and multiplies images in bfloat16")
        ->check(CLI::IsMember({"fp32", "bf16"}));
    app.add_option("--threads", options.threads,
                   "number of compute threads; 0: one per processor that the process may use")
        ->check(CLI::Range(0, 1024));
    app.add_option("--history", options.history, "the CSV file to write");
    app.add_flag("--test-epochs", options.test_epochs, "test after every epoch, which is not counted as time");
}

void run(const Options& options, Stopwatch watch) {
    Data data;
    Table table{options.history};
    {
        const Stopwatch::Pause pause{watch};
        data = load_data(options);
        table.begin();
    }
    for (int number = 0; number < options.seeds; ++number) {
        const auto run_seed = options.precision == "bf16" ? run_bf16 : run_fp32;
        run_seed(options, data, options.seed + static_cast<std::uint64_t>(number), watch,
                 [&](const Row& row) { table.add(row); });
        watch = {};
    }
    table.end();
}

} // namespace

} // namespace example

int main(int count, char** arguments) {
    const example::Stopwatch watch;
    CLI::App app{"Trains from scratch to 94% of CIFAR-10's test images in as little time as possible, by airbench94's "
                 "recipe. All time counts but reading the files and printing.",
                 "speedrun"};
    example::Options options;
    example::add_options(app, options);
    return example::run_program("speedrun", [&] {
        if (example::parse(app, count, arguments)) example::run(options, watch);
    });
}
