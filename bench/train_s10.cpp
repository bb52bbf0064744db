// Trains S10 and prints speed and peak memory as a line of JSON, the counterpart of pytorch_training.py.
//     build/release/bin/bench_train_s10 [--precision fp32|bf16] [--threads N] [--batch-size N] [--steps N]
//                                       [--warm-up N] [--data DIR]
// Without --data every step takes the same random batch; with it, CIFAR-10 through the recipe's augmentation.
#include <chrono>
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <tinyres/tinyres.hpp>

namespace {

using namespace tinyres;
using Clock = std::chrono::steady_clock;

double peak_rss_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
    return 0.0;
}

struct Arguments {
    std::string precision = "fp32";
    int threads = 0;
    int batch_size = 512;
    int steps = 10;
    int warm_up = 2;
    std::string data;
};

/// Counts steps and times them once the warm-up is over.
struct Timer {
    const Arguments& arguments;
    int step = 0;
    int images = 0;
    Clock::time_point start = Clock::now();
    double first_loss = 0.0;
    double last_loss = 0.0;

    /// False when all is done.
    bool count(const Metrics& metrics) {
        if (step == 0) first_loss = metrics.loss();
        last_loss = metrics.loss();
        if (step >= arguments.warm_up) images += metrics.count;
        if (++step == arguments.warm_up) start = Clock::now();
        return step < arguments.warm_up + arguments.steps;
    }
    double images_per_second() const { return images / std::chrono::duration<double>(Clock::now() - start).count(); }
};

template <class T>
void train(const Arguments& arguments) {
    Model<S10, Cpu<T>> model{KaimingUniform{}, 1, Cpu<T>{arguments.threads}};
    Adam optimizer{model, AdamOptions{.weight_decay = 0.01}};
    Timer timer{arguments};
    const auto step = [&](const Batch& batch) {
        const Metrics metrics = train_step(model, batch);
        optimizer.step(model, 3.2e-4);
        return timer.count(metrics);
    };
    if (arguments.data.empty()) {
        std::vector<float> images(static_cast<std::size_t>(arguments.batch_size * S10::input.size()));
        std::vector<std::int32_t> labels(static_cast<std::size_t>(arguments.batch_size));
        RandomStream random({1, Purpose::augmentation, 0, 0});
        for (float& value : images) value = random.uniform(-1.7f, 1.7f);
        for (std::int32_t& label : labels) label = random.below(10);
        while (step({images, labels})) {
        }
    } else {
        const Dataset dataset = load_cifar10(arguments.data, Split::train);
        Loader loader{dataset, cifar10_augmentation(), {.batch_size = arguments.batch_size, .shuffle = true}};
        for (bool more = true, first = true; more; first = false)
            for (const Batch& batch : loader.epoch(first ? 0 : 1))
                if (more = step(batch); !more) break;
    }
    std::cout << nlohmann::json{{"mode", "tinyres " + arguments.precision},
                                {"images_per_second", timer.images_per_second()},
                                {"peak_rss_mb", peak_rss_mb()},
                                {"instruction_set", xsimd::default_arch::name()},
                                {"threads", model.backend().threads()},
                                {"batch_size", arguments.batch_size},
                                {"steps", arguments.steps},
                                {"data", arguments.data.empty() ? "one fixed batch" : "CIFAR-10, augmented"},
                                {"first_loss", timer.first_loss},
                                {"last_loss", timer.last_loss}}
              << std::endl;
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"Trains S10 and prints speed and peak memory as a line of JSON"};
    app.add_option("--precision", arguments.precision)->check(CLI::IsMember({"fp32", "bf16"}));
    app.add_option("--threads", arguments.threads, "0: all")->check(CLI::NonNegativeNumber);
    app.add_option("--batch-size", arguments.batch_size)->check(CLI::PositiveNumber);
    app.add_option("--steps", arguments.steps, "steps that are timed")->check(CLI::PositiveNumber);
    app.add_option("--warm-up", arguments.warm_up, "steps before them")->check(CLI::PositiveNumber);
    app.add_option("--data", arguments.data, "directory of CIFAR-10's binary version");
    CLI11_PARSE(app, argc, argv);
    try {
        arguments.precision == "bf16" ? train<bfloat16>(arguments) : train<float>(arguments);
    } catch (const std::exception& error) {
        std::cerr << "bench_train_s10: error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
