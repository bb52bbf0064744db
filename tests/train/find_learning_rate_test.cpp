#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/data/synthetic.hpp"
#include "tinyres/data/transforms.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/sgd.hpp"
#include "tinyres/train/fit.hpp"

#include <doctest/doctest.h>
#include <iterator>

namespace tr = tinyres;
using namespace tinyres_test;

TEST_CASE("The range test finds a rate that trains, and leaves the loader as it was") {
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 200);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 40, .shuffle = true, .seed = 2}};
    tr::Model<ImageNetwork, tr::Cpu<>> model{tr::KaimingUniform{}, 2};
    tr::Adam optimizer{model};
    tr::LrFinder finder{{.start_lr = 1e-5, .end_lr = 10, .steps = 80}}; // 16 epochs
    std::vector<tr::LrFinderPoint> points;
    tr::find_learning_rate(model, optimizer, loader, finder, {},
                           [&](const tr::LrFinderPoint& point) { points.push_back(point); });

    CHECK(finder.done());
    CHECK(finder.curve().size() > 40);
    CHECK(static_cast<std::int64_t>(points.size()) == optimizer.steps());
    CHECK(points.size() + 1 >= finder.curve().size()); // of the last point no step was taken
    for (std::size_t i = 0; i < points.size(); ++i) {
        CHECK(points[i].learning_rate == finder.curve()[i].learning_rate);
        CHECK(points[i].loss == finder.curve()[i].loss);
        CHECK(points[i].smoothed == finder.curve()[i].smoothed);
    }
    const tr::LrSuggestion suggestion = finder.suggestion();
    CHECK(suggestion.max_lr > 1e-4);
    CHECK(suggestion.max_lr < 1.0);
    CHECK(suggestion.min_lr == doctest::Approx(suggestion.max_lr / 100));

    CHECK(std::ranges::distance(loader.epoch(0)) == 5);
    tr::Model<ImageNetwork, tr::Cpu<>> fresh{tr::KaimingUniform{}, 2};
    tr::Adam fresh_optimizer{fresh};
    const tr::OneCycle schedule{{.max_lr = suggestion.max_lr, .epochs = 6, .peak_epoch = 2, .steps_per_epoch = 5}};
    std::vector<double> losses;
    tr::fit(fresh, fresh_optimizer, schedule, loader,
            [&](int, const tr::Metrics& metrics) { losses.push_back(metrics.loss()); });
    CHECK(losses.back() < losses.front());
}

TEST_CASE("The range test ends by itself when the loss explodes") {
    using Linear = tr::Network<tr::Image<3, 32, 32>, tr::Flatten, tr::Linear<10>>;
    const tr::Dataset images = tr::make_synthetic(tr::Split::train, 40);
    tr::Loader loader{images, tr::cifar10_normalization(), {.batch_size = 10}};
    tr::Model<Linear, tr::Cpu<>> model;
    tr::Sgd optimizer{model};
    tr::LrFinder finder{{.start_lr = 1e-3, .end_lr = 1e30, .steps = 50}};
    tr::find_learning_rate(model, optimizer, loader, finder, {}, [](const tr::LrFinderPoint&) {});
    CHECK(finder.diverged());
    CHECK(finder.curve().size() < 30);
    CHECK(std::ranges::distance(loader.epoch(0)) == 4);
}
