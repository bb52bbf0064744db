// Predicts with S10 again and again and prints how long a call takes, as a line of JSON.
//     build/release/bin/bench_predict_s10 [--precision fp32|bf16] [--threads N] [--batch-size N] [--seconds S]
#include <algorithm>
#include <chrono>
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <tinyres/tinyres.hpp>
#include <vector>

namespace {

using namespace tinyres;

struct Arguments {
    std::string precision = "fp32";
    int threads = 0;
    int batch_size = 1;
    double seconds = 3.0;
};

template <class T>
nlohmann::json predict(const Arguments& arguments) {
    using Clock = std::chrono::steady_clock;
    const Model<S10, Cpu<T>> model{KaimingUniform{}, 1, Cpu<T>{arguments.threads}};
    Predictor predictor{model};
    std::vector<float> images(static_cast<std::size_t>(arguments.batch_size * S10::input.size()));
    RandomStream random({1, Purpose::augmentation, 0, 0});
    for (float& value : images) value = random.uniform(-1.7f, 1.7f);
    for (int warm_up = 0; warm_up < 3; ++warm_up) predictor(images);
    std::vector<double> milliseconds;
    const Clock::time_point start = Clock::now();
    for (Clock::time_point before = start; before - start < std::chrono::duration<double>(arguments.seconds);) {
        predictor(images);
        const Clock::time_point after = Clock::now();
        milliseconds.push_back(std::chrono::duration<double, std::milli>(after - before).count());
        before = after;
    }
    const double mean = std::chrono::duration<double, std::milli>(Clock::now() - start).count() /
                        static_cast<double>(milliseconds.size());
    std::sort(milliseconds.begin(), milliseconds.end());
    return {{"mean_ms", mean},
            {"median_ms", milliseconds[milliseconds.size() / 2]},
            {"threads", model.backend().threads()},
            {"batch_size", arguments.batch_size},
            {"precision", arguments.precision},
            {"instruction_set", xsimd::default_arch::name()}};
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"Predicts with S10 again and again and prints how long a call takes, as a line of JSON"};
    app.add_option("--precision", arguments.precision)->check(CLI::IsMember({"fp32", "bf16"}));
    app.add_option("--threads", arguments.threads, "0: all")->check(CLI::NonNegativeNumber);
    app.add_option("--batch-size", arguments.batch_size)->check(CLI::PositiveNumber);
    app.add_option("--seconds", arguments.seconds, "how long")->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        std::cout << (arguments.precision == "bf16" ? predict<bfloat16>(arguments) : predict<float>(arguments))
                  << std::endl;
    } catch (const std::exception& error) {
        std::cerr << "bench_predict_s10: error: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
