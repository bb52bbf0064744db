#pragma once

#include <chrono>
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

/// What the programs that train S10 have in common: options, the clock, a line of JSON that report_ratios.py reads.
namespace training {

struct Arguments {
    int threads = 0;
    int batch_size = 512;
    int steps = 10;
    int warm_up = 2;

    void add_to(CLI::App& app) {
        app.add_option("--threads", threads, "0: all")->check(CLI::NonNegativeNumber);
        app.add_option("--batch-size", batch_size)->check(CLI::PositiveNumber);
        app.add_option("--steps", steps, "steps that are timed")->check(CLI::PositiveNumber);
        app.add_option("--warm-up", warm_up, "steps before them")->check(CLI::PositiveNumber);
    }
};

/// Counts steps and times them once the warm-up is over.
class Timer {
public:
    explicit Timer(const Arguments& arguments) : arguments_(arguments) {}

    /// False when all is done.
    bool count(int images, double loss) {
        if (step_ == 0) first_loss_ = loss;
        last_loss_ = loss;
        if (step_ >= arguments_.warm_up) images_ += images;
        if (++step_ == arguments_.warm_up) start_ = Clock::now();
        return step_ < arguments_.warm_up + arguments_.steps;
    }

    /// To be called as soon as `count` has said false.
    nlohmann::json report(const std::string& mode, int threads) const {
        const std::chrono::duration<double> seconds = Clock::now() - start_;
        return {{"mode", mode},
                {"images_per_second", images_ / seconds.count()},
                {"peak_rss_mb", peak_rss_mb()},
                {"threads", threads},
                {"batch_size", arguments_.batch_size},
                {"steps", arguments_.steps},
                {"first_loss", first_loss_},
                {"last_loss", last_loss_}};
    }

private:
    using Clock = std::chrono::steady_clock;

    const Arguments& arguments_;
    int step_ = 0;
    int images_ = 0;
    Clock::time_point start_ = Clock::now();
    double first_loss_ = 0.0;
    double last_loss_ = 0.0;

    static double peak_rss_mb() {
        std::ifstream status("/proc/self/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
        return 0.0;
    }
};

} // namespace training
