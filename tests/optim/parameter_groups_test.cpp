#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/model/freeze.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/ema.hpp"
#include "tinyres/optim/gradient_clip.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// Tensors of 30,000, 300, 300 and 300 (BatchNorm), 900 and 3 parameters; only its buffers are used.
using Layers = tr::Network<tr::Image<100, 1, 1>, tr::Flatten, tr::Linear<300>, tr::BatchNorm, tr::Linear<3>>;

using Model = tr::Model<Layers, tr::Cpu<>>;

void draw_gradients(Model& model, std::uint32_t step) {
    tr::RandomStream random({1, tr::Purpose::augmentation, step, 0});
    for (float& gradient : model.gradients()) gradient = random.uniform(-1.0f, 1.0f);
}

/// The parameters after three steps of Adam.
std::vector<float> trained(const tr::ParameterRules& rules, int threads = 2, std::string_view frozen = "") {
    Model model{tr::KaimingUniform{}, 1, tr::Cpu<>{threads}};
    if (!frozen.empty()) tr::freeze(model, frozen);
    tr::Adam optimizer{model, {.weight_decay = 0.5}, rules};
    for (std::uint32_t step = 0; step < 3; ++step) {
        draw_gradients(model, step);
        optimizer.step(model, 0.01);
    }
    return copy_of(model.parameters());
}

bool same(const std::vector<float>& a, const std::vector<float>& b, std::size_t first, std::size_t count) {
    return std::equal(a.begin() + static_cast<std::ptrdiff_t>(first),
                      a.begin() + static_cast<std::ptrdiff_t>(first + count),
                      b.begin() + static_cast<std::ptrdiff_t>(first));
}

} // namespace

TEST_CASE("Names fit patterns in which a star is any characters") {
    CHECK(tr::fits_pattern("layer1.0.conv1.weight", "layer1.*"));
    CHECK(tr::fits_pattern("layer1.0.conv1.weight", "*"));
    CHECK(tr::fits_pattern("layer1.0.conv1.weight", "*.weight"));
    CHECK(tr::fits_pattern("layer1.0.conv1.weight", "*conv*.w*t"));
    CHECK(tr::fits_pattern("fc.bias", "fc.bias"));
    CHECK(!tr::fits_pattern("fc.bias", "fc"));
    CHECK(!tr::fits_pattern("fc.bias", "*.weight"));
    CHECK(!tr::fits_pattern("fc.bias", ""));
    CHECK(tr::fits_pattern("", "**"));
}

TEST_CASE("Without rules, and with rules that change nothing, an optimizer's step is one update with the same bits") {
    const auto expected = trained({});
    CHECK(trained({{"*", {.rate = 1}}, tr::ParameterRule{"3.*", {}}}) == expected);
    CHECK(trained({}, 1) == expected);
}

TEST_CASE("The factors of rules multiply, and a group does not depend on threads") {
    Model model;
    const tr::Adam optimizer{model, {}, {tr::no_decay_on_norms_and_biases, {"3.*", {.rate = 10}}, {"*s", {.rate = 2}}}};
    std::vector<std::pair<double, double>> factors;
    for (const tr::OptimizedTensor& tensor : optimizer.tensors())
        factors.emplace_back(tensor.factors.rate, tensor.factors.decay);
    CHECK(factors == std::vector<std::pair<double, double>>{{1, 1}, {2, 0}, {1, 0}, {2, 0}, {10, 1}, {20, 0}});

    const tr::ParameterRules rules{tr::no_decay_on_norms_and_biases, {"3.*", {.rate = 10}}};
    const auto expected = trained(rules, 1);
    CHECK(trained(rules, 2) == expected);
    CHECK(trained(rules, 7) == expected);
    const auto plain = trained({});
    CHECK(same(expected, plain, 0, 30'000));
    CHECK(!same(expected, plain, 30'000, 300));
}

TEST_CASE("An optimizer leaves parameters with a rate of 0, and their moments, to others") {
    const auto start = trained({}, 2, "*");
    const auto plain = trained({});
    const auto found = trained(tr::only("3.*"));
    CHECK(same(found, start, 0, 30'900));
    for (std::size_t i = 30'900; i < found.size(); ++i) // perhaps no longer in a register, which rounds otherwise
        CHECK(std::abs(found[i] - plain[i]) < 1e-6f);
    CHECK(std::abs(found.back() - start.back()) > 1e-3f);

    Model model;
    tr::Adam front{model, {}, {{"3.*", {.rate = 0}}}}, bias{model, {}, tr::only("3.bias")};
    draw_gradients(model, 0);
    front.step(model, 0.01);
    bias.step(model, 0.01);
    const auto moved = [&](tr::Adam<tr::Cpu<>>& optimizer, std::size_t i) {
        return optimizer.moments().front().values[i] != 0.0f;
    };
    CHECK(moved(front, 0));
    CHECK(moved(front, 30'899));
    CHECK(!moved(front, 30'900));
    CHECK(!moved(bias, 30'899 + 900));
    CHECK(moved(bias, 30'900 + 900));
    CHECK(front.tensors()[0].steps == 1);
    CHECK(front.tensors()[5].steps == 0);
}

TEST_CASE("Frozen parameters stay, the others go where they would go") {
    const auto start = [] {
        const Model model{tr::KaimingUniform{}, 1};
        return copy_of(model.parameters());
    }();
    const auto plain = trained({});
    const auto found = trained({}, 2, "2.*");
    CHECK(same(found, plain, 0, 30'296));
    for (std::size_t i = 30'296; i < 30'300; ++i) // perhaps no longer in a register, which rounds otherwise
        CHECK(std::abs(found[i] - plain[i]) < 1e-6f);
    CHECK(same(found, start, 30'300, 600));
    CHECK(relative_difference(found, plain) > 1e-3);
    CHECK(std::abs(found.back() - plain.back()) < 1e-6f); // as there
    CHECK(trained({}, 7, "2.*") == found);
    CHECK(trained({}, 2, "*") == start);
}

TEST_CASE("A clone is frozen where its model is") {
    Model model;
    tr::freeze(model, "1.weight");
    CHECK(model.first_trained_layer() == 1);
    CHECK(error_of([&] { tr::freeze(model, "0*.none"); }) ==
          "no parameter of the network has a name like '0*.none'; give names as in its state_dict, `*` for any "
          "characters");
    tr::freeze(model, "1.bias");
    const Model copy = model.clone();
    CHECK(copy.is_frozen(0));
    CHECK(copy.is_frozen(1));
    CHECK(!copy.is_frozen(2));
    CHECK(copy.first_trained_layer() == 2);
    CHECK(model.first_trained_layer() == 2);
    tr::unfreeze(model, "1.bias");
    CHECK(model.first_trained_layer() == 1);
    tr::freeze(model, "*");
    CHECK(model.first_trained_layer() == Layers::layer_count);
}

TEST_CASE("Rules that fit nothing or make no sense are refused by name") {
    const Model model;
    const auto complaint = [&](const tr::ParameterRules& rules) {
        return error_of([&] { tr::Adam optimizer(model, {}, rules); });
    };
    CHECK(complaint({{"fc.*", {.rate = 10}}}) == "parameter rule 'fc.*' fits no parameter of the network; give names "
                                                 "as in its state_dict, such as '1.weight'");
    CHECK(complaint(tr::only("fc.*")) == "parameter rule 'fc.*' fits no parameter of the network; give names as in its "
                                         "state_dict, such as '1.weight'");
    CHECK(complaint({{"3.*", {.rate = -1}}}) == "parameter rule '3.*': its factors must not be negative");
    CHECK(complaint({{"3.*", {.decay = std::nan("")}}}) == "parameter rule '3.*': its factors must not be negative");
}

TEST_CASE("A gradient's norm is that of all that trains, for any number of threads bit for bit") {
    const auto clipped = [](int threads, double max_norm, std::string_view frozen = "") {
        Model model{tr::KaimingUniform{}, 1, tr::Cpu<>{threads}};
        if (!frozen.empty()) tr::freeze(model, frozen);
        draw_gradients(model, 0);
        tr::GradientClip<tr::Cpu<>> clip{model, max_norm};
        clip(model);
        return std::pair(clip.norm(model.backend()), copy_of(model.gradients()));
    };
    Model model;
    draw_gradients(model, 0);
    const auto norm_of = [&](std::size_t first, std::size_t count) {
        double sum = 0.0;
        for (const float value : model.gradients().subspan(first, count))
            sum += static_cast<double>(value) * static_cast<double>(value);
        return std::sqrt(sum);
    };
    const auto [norm, gradients] = clipped(2, 1.0);
    CHECK(norm == doctest::Approx(norm_of(0, model.gradients().size())).epsilon(1e-6));
    CHECK(clipped(1, 1.0) == std::pair(norm, gradients));
    CHECK(clipped(7, 1.0) == std::pair(norm, gradients));
    CHECK(clipped(2, 1e6).second == copy_of(model.gradients()));
    CHECK(clipped(2, 1.0, "1.weight").first ==
          doctest::Approx(norm_of(30'000, model.gradients().size() - 30'000)).epsilon(1e-6));
    CHECK(clipped(2, 1.0, "*").first == 0.0f);
    CHECK(error_of([&] { clipped(1, 0.0); }) == "gradient clipping: the maximal norm must be positive");
}

TEST_CASE("An Ema is for one model, which must have its own values when it goes on") {
    Model model, other;
    tr::Ema ema{model, {.decay = 0.5}};
    std::ranges::fill(model.parameters(), 1.0f);
    ema.swap(model); // nothing yet
    CHECK(model.parameters()[0] == 1.0f);
    ema.update(model);
    std::ranges::fill(model.parameters(), 3.0f);
    ema.update(model);
    CHECK(ema.parameters()[0] == 2.0f);
    CHECK(error_of([&] { ema.update(other); }) == "the Ema was made for another model; make one for each model");
    const auto averaged = ema.use(model);
    CHECK(model.parameters()[7] == 2.0f);
    const std::string used = "the model has the averaged values of an Ema now; swap them back before it goes on";
    CHECK(error_of([&] { ema.update(model); }) == used);
    CHECK(error_of([&] { static_cast<void>(ema.use(model)); }) == used);
    CHECK(error_of([&] { ema.parameters(); }) == used);
}
