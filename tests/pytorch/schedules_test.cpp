#include "numbers.hpp"
#include "tinyres/optim/one_cycle.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// The schedule of PyTorch's OneCycleLR with these settings (see generate.py), an epoch of `steps_per_epoch` steps.
tr::OneCycle schedule(const Numbers& pytorch, const std::string& name, tr::Anneal anneal, int steps_per_epoch) {
    const double max_rate = pytorch.setting(name + "/max_rate");
    return tr::OneCycle{{.max_lr = max_rate,
                         .epochs = static_cast<int>(pytorch.setting(name + "/total")) / steps_per_epoch,
                         .peak_epoch = pytorch.setting(name + "/peak") / steps_per_epoch,
                         .steps_per_epoch = steps_per_epoch,
                         .start_divisor = max_rate / pytorch.setting(name + "/start"),
                         .end_divisor = max_rate / pytorch.setting(name + "/end"),
                         .anneal = anneal}};
}

double largest_error(const Numbers& pytorch, const std::string& name, tr::Anneal anneal, int steps_per_epoch) {
    const tr::OneCycle cycle = schedule(pytorch, name, anneal, steps_per_epoch);
    std::vector<double> rates;
    for (std::int64_t step = 0; step <= cycle.total_steps(); ++step) rates.push_back(cycle.learning_rate(step));
    return largest_difference(rates, pytorch(name + (anneal == tr::Anneal::linear ? "/linear" : "/cos")));
}

} // namespace

TEST_CASE("OneCycle gives the rates of PyTorch's OneCycleLR, linear and cosine") {
    const Numbers pytorch("schedules");
    for (const tr::Anneal anneal : {tr::Anneal::linear, tr::Anneal::cosine}) {
        CHECK(largest_error(pytorch, "reference", anneal, 98) < 1e-15);
        CHECK(largest_error(pytorch, "short", anneal, 97) < 1e-14);
    }
}

TEST_CASE("OneCycle's default gives the 24 rates of the reference log") {
    const tr::OneCycle cycle;
    std::vector<double> rates;
    for (int epoch = 0; epoch < 24; ++epoch) rates.push_back(cycle.learning_rate(98 * epoch));
    CHECK(largest_difference(rates, Numbers("schedules")("reference_log")) < 1e-12);
}
