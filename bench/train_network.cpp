// Trains a network and prints speed and peak memory as a line of JSON, the counterpart of pytorch_training.py. Which
// network is a type, TINYRES_BENCH_NETWORK, and so each has a program of its own.
//     build/release/bin/bench_train_s10 [--precision fp32|bf16] [--threads N] [--batch-size N] [--steps N]
//                                       [--warm-up N] [--data DIR]
// Without --data every step takes the same random batch; with it, CIFAR-10 through the recipe's augmentation.
#include "peak.hpp"
#include "training.hpp"

#include <tinyres/networks/networks.hpp>
#include <tinyres/tinyres.hpp>

namespace {

using namespace tinyres;

using Trained = TINYRES_BENCH_NETWORK;

struct Arguments : training::Arguments {
    std::string precision = "fp32";
    std::string data;
};

template <class T>
void train(const Arguments& arguments) {
    Model<Trained, Cpu<T>> model{KaimingUniform{}, 1, Cpu<T>{arguments.threads}};
    Adam optimizer{model, AdamOptions{.weight_decay = 0.01}};
    training::Timer timer(arguments);
    const auto step = [&](const Batch& batch) {
        const Metrics metrics = train_step(model, batch);
        optimizer.step(model, 3.2e-4);
        return timer.count(metrics.count, metrics.loss());
    };
    if (arguments.data.empty()) {
        std::vector<float> images(static_cast<std::size_t>(arguments.batch_size * Trained::input.size()));
        std::vector<std::int32_t> labels(static_cast<std::size_t>(arguments.batch_size));
        RandomStream random({1, Purpose::augmentation, 0, 0});
        for (float& value : images) value = random.uniform(-1.7f, 1.7f);
        for (std::int32_t& label : labels) label = random.below(Trained::output.channels);
        while (step({images, labels})) {
        }
    } else if constexpr (Trained::input == S10::input) {
        const Dataset dataset = load_cifar10(arguments.data, Split::train);
        Loader loader{dataset, cifar10_augmentation(), {.batch_size = arguments.batch_size, .shuffle = true}};
        for (bool more = true, first = true; more; first = false)
            for (const Batch& batch : loader.epoch(first ? 0 : 1))
                if (more = step(batch); !more) break;
    } else {
        throw Error("--data is CIFAR-10, but this network takes other images; leave it out");
    }
    nlohmann::json report = timer.report("tinyres " + arguments.precision, model.backend().threads());
    report["instruction_set"] = xsimd::default_arch::name();
    report["peak_gflops"] = peak_gflops(model.backend().threads());
    report["data"] = arguments.data.empty() ? "one fixed batch" : "CIFAR-10, augmented";
    std::cout << report << std::endl;
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"Trains a network and prints speed and peak memory as a line of JSON"};
    arguments.add_to(app);
    app.add_option("--precision", arguments.precision)->check(CLI::IsMember({"fp32", "bf16"}));
    app.add_option("--data", arguments.data, "directory of CIFAR-10's binary version");
    CLI11_PARSE(app, argc, argv);
    try {
        arguments.precision == "bf16" ? train<bfloat16>(arguments) : train<float>(arguments);
    } catch (const std::exception& error) {
        std::cerr << "bench_train: error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
