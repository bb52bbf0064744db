#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/model/train_step.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/train/training_state.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

/// Its PyTorch original has a module more at its beginning, so that one network's "1" is the other's "2".
using Renamed =
    tr::Network<tr::Image<3, 4, 4>, tr::Conv3x3<4>, tr::BatchNorm,
                tr::ResBlock<tr::Sequential<tr::Conv3x3<4>, tr::ReLU>, tr::BatchNorm>, tr::Flatten, tr::Linear<2>>;
using Backend = tr::Reference<float>;
using RenamedModel = tr::Model<Renamed, Backend>;

} // namespace

template <>
inline constexpr std::array<tr::ModuleName, 5> tinyres::module_names<Renamed>{
    {{"0", "1"}, {"1", "2"}, {"2", "body"}, {"2.1", "body.norm"}, {"4", "head.fc"}}};

namespace {

std::vector<std::string> names_of(const std::vector<tr::NamedTensor>& tensors) {
    std::vector<std::string> names;
    for (const tr::NamedTensor& tensor : tensors) names.push_back(tensor.name);
    return names;
}

/// A state under the names by the path alone, as it was before the network declared names.
std::vector<tr::NamedTensor> by_path(std::vector<tr::NamedTensor> tensors, const std::string& prefix = "") {
    for (tr::NamedTensor& named : tensors)
        for (const tr::NetworkTensor& tensor : tr::network_tensors<Renamed>)
            if (named.name == prefix + std::string(tensor.name.view())) {
                named.name = prefix + std::string(tensor.path_name.view());
                break;
            }
    std::erase_if(tensors, [](const tr::NamedTensor& t) { return t.name.ends_with("num_batches_tracked"); });
    return tensors;
}

} // namespace

TEST_CASE("Declared names replace the longest path that fits, whole components of it") {
    CHECK(names_of(tr::state_dict(RenamedModel{})) ==
          std::vector<std::string>{"1.weight", "1.bias", "2.weight", "2.bias", "body.0.0.weight", "body.0.0.bias",
                                   "body.norm.weight", "body.norm.bias", "head.fc.weight", "head.fc.bias",
                                   "2.running_mean", "2.running_var", "body.norm.running_mean", "body.norm.running_var",
                                   "2.num_batches_tracked", "body.norm.num_batches_tracked"});
    static_assert(tr::detail::name_of_layer(tr::Text{"10.1"}, tr::module_names<Renamed>) == "10.1");
    static_assert(tr::detail::name_of_layer(tr::Text{"2.10"}, tr::module_names<Renamed>) == "body.10");
    static_assert(tr::module_names<tr::Network<tr::Image<3, 4, 4>, tr::ReLU>>.empty());
}

TEST_CASE("A star in a path stands for any one component, and the name can repeat it or count from 1") {
    constexpr std::array<tr::ModuleName, 5> names{{{"0", "stem"},
                                                   {"1.*.*.0", "layer#.*.conv1"},
                                                   {"1.*.*.1", "layer#.*.bn1"},
                                                   {"1.*", "rest*"},
                                                   {"1.3.0.1", "never"}}};
    const auto name = [&](const char* path) {
        return std::string(tr::detail::name_of_layer(tr::Text{path}, names).view());
    };
    CHECK(name("1.0.12.0") == "layer1.12.conv1");
    CHECK(name("1.9.2.1.body.0") == "layer10.2.bn1.body.0");
    CHECK(name("1.3.0.1") == "layer4.0.bn1"); // the first of equals
    CHECK(name("1.2.4") == "rest2.4");
    CHECK(name("1.2.4.10") == "rest2.4.10"); // whole components
    CHECK(name("10.0.1.0") == "10.0.1.0");
    CHECK(name("1") == "1");
    CHECK(name("0.1") == "stem.1");
}

TEST_CASE("A state comes back under the declared names, and under those by the path") {
    const RenamedModel model{tr::KaimingUniform{}, 2};
    const std::vector<tr::NamedTensor> declared = tr::state_dict(model);
    for (const std::vector<tr::NamedTensor>& tensors : {declared, by_path(declared)}) {
        RenamedModel other{tr::KaimingUniform{}, 77};
        tr::load_state_dict(other, std::span<const tr::NamedTensor>(tensors));
        CHECK(copy_of(other.parameters()) == copy_of(model.parameters()));
        CHECK(copy_of(other.statistics()) == copy_of(model.statistics()));
    }
}

TEST_CASE("A mixture of declared names and paths is refused") {
    std::vector<tr::NamedTensor> mixed = tr::state_dict(RenamedModel{});
    mixed[4].name = "2.0.0.weight";
    RenamedModel model;
    const std::string error = error_of([&] { tr::load_state_dict(model, std::span<const tr::NamedTensor>(mixed)); });
    CHECK(holds(error, "this network has no tensor '2.0.0.weight'"));
}

TEST_CASE("A run that was saved before the network declared names goes on") {
    RenamedModel model{tr::KaimingUniform{}, 2};
    tr::Adam optimizer{model};
    const OwnedBatch batch = random_batch<Renamed>(2);
    tr::train_step(model, batch);
    optimizer.step(model, 0.01);
    tr::TrainingState state = tr::training_state(model, optimizer);
    state.model = by_path(state.model);
    state.moments = by_path(by_path(state.moments, "optimizer.exp_avg."), "optimizer.exp_avg_sq.");

    RenamedModel other{tr::KaimingUniform{}, 77};
    tr::Adam others{other};
    tr::load_training_state(other, others, state);
    for (RenamedModel* each : {&model, &other}) tr::train_step(*each, batch);
    optimizer.step(model, 0.01);
    others.step(other, 0.01);
    CHECK(copy_of(other.parameters()) == copy_of(model.parameters()));
}
