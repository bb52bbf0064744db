#include "timed.hpp"

#include <algorithm>
#include <cstdio>
#include <tinyres/tinyres.hpp>
#include <vector>

namespace tr = tinyres;

namespace {

template <int K>
using Block = tr::Sequential<tr::Conv3x3<K>, tr::BatchNorm, tr::ReLU>;

using Net = tr::Network<tr::Image<3, 32, 32>, Block<32>, tr::Conv3x3<64>, tr::MaxPool<2>, tr::BatchNorm, tr::ReLU,
                        tr::ResBlock<Block<64>, Block<64>>, tr::MaxPool<4>, tr::Flatten, tr::Linear<10>>;

} // namespace

int main() {
    constexpr int steps = 5;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 64 * steps);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 64}};
    tr::Model<Net, Timed> model{tr::KaimingUniform{}, 42};
    tr::Model<Net, tr::Cpu<>> untimed{tr::KaimingUniform{}, 42};
    double loss = 0.0, untimed_loss = 0.0;
    for (const tr::Batch& batch : loader.epoch(0)) {
        loss += tr::train_step(model, batch).loss();
        untimed_loss += tr::train_step(untimed, batch).loss();
    }

    std::vector<std::pair<double, std::string>> rows;
    double total = 0.0;
    for (const auto& [name, time] : Timed::times()) {
        rows.emplace_back(time.seconds, name);
        total += time.seconds;
    }
    std::sort(rows.rbegin(), rows.rend());
    std::printf("%-60s %10s %6s\n", "kernel", "ms a step", "share");
    for (const auto& [seconds, name] : rows)
        std::printf("%-60s %10.2f %5.1f%%\n", name.c_str(), 1e3 * seconds / steps, 100.0 * seconds / total);
    std::printf("%-60s %10.2f\n", "all", 1e3 * total / steps);
    std::printf("The losses are %s those without the clock.\n", loss == untimed_loss ? "bit for bit" : "NOT");
    return loss == untimed_loss ? 0 : 1;
}
