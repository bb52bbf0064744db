#include "model/networks.hpp"
#include "numbers.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/freeze.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/ema.hpp"
#include "tinyres/optim/gradient_accumulator.hpp"
#include "tinyres/optim/gradient_clip.hpp"
#include "tinyres/optim/linear_decay.hpp"
#include "tinyres/optim/muon.hpp"
#include "tinyres/optim/sgd.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// optimization.py's network.
using Net = tr::Network<tr::Image<2, 5, 4>, tr::Conv3x3<3>, tr::BatchNorm, tr::ReLU, tr::Conv3x3<4>, tr::BatchNorm,
                        tr::ReLU, tr::Flatten, tr::Linear<3>>;
constexpr int steps = 6;
constexpr int batch_size = 6;

/// A model as PyTorch's at the start, its batches, and where PyTorch went.
template <class Backend>
struct Training {
    Numbers pytorch{"optimization"};
    tr::Model<Net, Backend> model;

    Training() {
        std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
        for (tr::NamedTensor& tensor : tensors)
            if (!tr::is_batch_counter(tensor.name)) tensor.values = floats("start", tensor.name);
        tr::load_state_dict(model, std::span<const tr::NamedTensor>(tensors));
    }

    std::vector<float> floats(const std::string& name, const std::string& tensor) const {
        const std::vector<double> values = pytorch("training/" + name + "/" + tensor);
        return {values.begin(), values.end()};
    }

    /// PyTorch's batch number `step`, in NHWC.
    OwnedBatch batch(int step) const {
        const std::vector<double> images = pytorch("training/images"), labels = pytorch("training/labels");
        OwnedBatch batch;
        for (int image = 0; image < batch_size; ++image) {
            const int number = step * batch_size + image;
            for (int pixel = 0; pixel < 20; ++pixel)
                for (int channel = 0; channel < 2; ++channel)
                    batch.images.push_back(
                        static_cast<float>(images[static_cast<std::size_t>((number * 2 + channel) * 20 + pixel)]));
            batch.labels.push_back(static_cast<std::int32_t>(labels[static_cast<std::size_t>(number)]));
        }
        return batch;
    }
    void train_step(int step) { tr::train_step(model, batch(step)); }

    /// The largest difference of parameters and statistics from PyTorch's.
    double error(const std::string& name) const {
        double largest = 0.0;
        for (const tr::NamedTensor& tensor : tr::state_dict(model))
            if (!tr::is_batch_counter(tensor.name))
                largest = (std::max)(
                    largest, largest_difference(tensor.values, pytorch("training/" + name + "/" + tensor.name)));
        return largest;
    }
};

} // namespace

TEST_CASE_TEMPLATE("Frozen parameters stay, and go on as PyTorch's when they thaw", Backend, tr::Reference<double>,
                   tr::Cpu<>) {
    Training<Backend> training;
    auto& model = training.model;
    tr::AdamW optimizer{model, {.epsilon = 1e-4, .weight_decay = 0.1}};
    tr::freeze(model, "0.*");
    tr::freeze(model, "1.*");
    tr::freeze(model, "4.bias");
    const auto before = copy_of(model.parameters().first(2 * 3 * 9 + 3 + 6));
    std::ranges::fill(model.gradients(), typename Backend::Scalar{7});
    for (int step = 0; step < 3; ++step) {
        training.train_step(step);
        optimizer.step(model, 0.01);
    }
    CHECK(std::ranges::all_of(model.gradients().first(2 * 3 * 9 + 3), [](auto value) { return value == 7; }));
    CHECK(copy_of(model.parameters().first(before.size())) == before);
    CHECK(training.error("frozen") < 2e-5); // the statistics of frozen BatchNorms go on, too
    tr::unfreeze(model);
    for (int step = 3; step < steps; ++step) {
        training.train_step(step);
        optimizer.step(model, 0.01);
    }
    constexpr bool exact = std::is_same_v<typename Backend::Scalar, double>;
    CHECK(training.error("thawed") < (exact ? 2e-5 : 1e-4)); // floats of 20 steps, whose last bits compilers differ in
}

TEST_CASE_TEMPLATE("Gradients are clipped by their norm as PyTorch's, frozen ones left out", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    Training<Backend> training;
    auto& model = training.model;
    tr::Sgd optimizer{model};
    tr::GradientClip<Backend> clip{model, 3.0};
    tr::freeze(model, "3.weight");
    std::vector<double> norms;
    for (int step = 0; step < steps; ++step) {
        training.train_step(step);
        clip(model);
        norms.push_back(static_cast<double>(clip.norm(model.backend())));
        optimizer.step(model, 0.1);
    }
    const std::vector<double> expected = training.pytorch("training/norms");
    CHECK(largest_difference(norms, expected) < 1e-5);
    CHECK(*std::ranges::min_element(expected) < 3.0);
    CHECK(*std::ranges::max_element(expected) > 3.0);
    CHECK(training.error("clipped") < 2e-6);
}

TEST_CASE_TEMPLATE("Gradients add up over batches, and parameters are averaged, as PyTorch's", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    Training<Backend> training;
    auto& model = training.model;
    tr::Sgd optimizer{model};
    tr::GradientAccumulator<Backend> sum{model};
    tr::Ema average{model, {.decay = 0.75}};
    tr::Ema with_statistics{model, {.decay = 0.75, .statistics = true}};
    for (int step = 0; step < steps; ++step) {
        training.train_step(step);
        sum.add(model, batch_size);
        if (sum.batches() < 2) continue;
        sum.finish(model);
        optimizer.step(model, 0.1);
        average.update(model);
        with_statistics.update(model);
    }
    CHECK(training.error("accumulated") < 2e-6);
    const auto parameters = copy_of(model.parameters());
    {
        const auto averaged = average.use(model);
        CHECK(training.error("average") < 2e-6);
    }
    CHECK(copy_of(model.parameters()) == parameters);
    with_statistics.swap(model);
    CHECK(training.error("average_with_statistics") < 2e-6);
    with_statistics.swap(model);
    CHECK(training.error("accumulated") < 2e-6);
}

TEST_CASE_TEMPLATE("Muon goes where the original's algorithm goes, with AdamW beside it", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    Training<Backend> training;
    tr::Muon optimizer{training.model,
                       {.weight_decay = 0.1,
                        .adam = {.epsilon = 1e-4, .weight_decay = 0.01},
                        .adam_rate = 0.25,
                        .by_adam = {{"7.*"}}}};
    for (int step = 0; step < steps; ++step) {
        training.train_step(step);
        optimizer.step(training.model, 0.02);
    }
    CHECK(training.error("muon") < 1e-4);
}

TEST_CASE_TEMPLATE("Several optimizers of one model, each with a schedule of its own, go where PyTorch's go", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    // PyTorch's rates are of the summed loss.
    const auto schedule = [](double rate, int end) {
        return tr::LinearDecay{{.max_lr = rate, .epochs = end, .steps_per_epoch = 1}};
    };
    const auto decay = [](double rate) { return tr::SgdOptions{.momentum = 0.85, .weight_decay = 1e-3 / rate / 6}; };
    constexpr tr::GroupFactors left_out{.rate = 0.0};
    Training<Backend> training;
    tr::Muon filters{training.model,
                     {.momentum = 0.6, .iterations = 3, .rescaled = true},
                     {{"*.bias", left_out}, {"1.*", left_out}, {"4.*", left_out}, {"7.*", left_out}}};
    tr::Sgd first{training.model, decay(0.01), tr::only("0.bias")};
    tr::Sgd norms{training.model, decay(0.01), {{"0.*", left_out}, {"3.weight", left_out}, {"7.*", left_out}}};
    tr::Sgd head{training.model, decay(0.02), tr::only("7.*")};
    for (int step = 0; step < steps; ++step) {
        if (step == 3) tr::freeze(training.model, "0.bias");
        tr::train_step(training.model, training.batch(step), tr::CrossEntropy{.label_smoothing = 0.2f});
        filters.step(training.model, schedule(0.24, steps).learning_rate(step));
        first.step(training.model, schedule(batch_size * 0.01, 3).learning_rate(step));
        norms.step(training.model, schedule(batch_size * 0.01, steps).learning_rate(step));
        head.step(training.model, schedule(batch_size * 0.02, steps).learning_rate(step));
    }
    CHECK(training.error("several") < (std::is_same_v<Backend, tr::Cpu<>> ? 1e-3 : 1e-6));
}

TEST_CASE("Dirac makes of the first filters what dirac_ makes of them") {
    const auto check = [](const char* name, const tr::TensorSpec& spec) {
        const std::vector<double> expected = Numbers("optimization")("dirac/" + std::string(name)); // OIHW
        std::vector<float> values(static_cast<std::size_t>(spec.size()));
        const auto halves = [](const tr::TensorSpec&, const tr::RandomKey&, std::span<float> all) {
            std::ranges::fill(all, 0.5f);
        };
        tr::Dirac<decltype(halves)>{halves}(spec, {}, values);
        std::vector<double> found(values.size());
        const int out = spec.shape[0], pixels = spec.shape[2] * spec.shape[3], row = spec.size() / out;
        for (int i = 0; i < spec.size(); ++i) { // of HWIO
            const int filter = i % out, channel = i / out % spec.shape[1], pixel = i / out / spec.shape[1];
            found[static_cast<std::size_t>(filter * row + channel * pixels + pixel)] =
                static_cast<double>(values[static_cast<std::size_t>(i)]);
        }
        CHECK(found == expected);
    };
    check("wide", {.shape = {5, 3, 3, 2}, .rank = 4, .layout = tr::Layout::hwio_of_oihw});
    check("narrow", {.shape = {2, 4, 2, 5}, .rank = 4, .layout = tr::Layout::hwio_of_oihw});
}
