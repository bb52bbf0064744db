#include "error_of.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/model/state_dict.hpp"
#include "tinyres/optim/adam.hpp"

#include <doctest/doctest.h>
#include <type_traits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Net = SmallNetwork<tr::Dropout2d<20>>;

const std::string moved_from = "this model was moved from and holds nothing; use the one that it was moved to";

template <class Backend>
using NetModel = tr::Model<Net, Backend>;

static_assert(!std::is_copy_constructible_v<NetModel<tr::Cpu<>>> && !std::is_copy_assignable_v<NetModel<tr::Cpu<>>>);
static_assert(std::is_nothrow_move_constructible_v<NetModel<tr::Cpu<>>>);
static_assert(!std::is_constructible_v<tr::Predictor<Net, tr::Cpu<>>, NetModel<tr::Cpu<>>>,
              "a predictor of a model that is gone at once");

} // namespace

TEST_CASE_TEMPLATE("a clone goes on as the model does, and neither changes the other", Backend, tr::Cpu<>,
                   tr::Cpu<tr::bfloat16>, tr::Reference<double>) {
    NetModel<Backend> model{tr::KaimingUniform{}, 5};
    const OwnedBatch batch = random_batch<Net>(6);
    tr::train_step(model, batch);
    NetModel<Backend> copy = model.clone();
    CHECK(copy_of(copy.parameters()) == copy_of(model.parameters()));
    CHECK(copy_of(copy.statistics()) == copy_of(model.statistics()));
    CHECK(copy.seed() == model.seed());
    CHECK(copy.steps() == model.steps());
    CHECK(copy.batches_tracked() == model.batches_tracked());

    CHECK(tr::train_step(copy, batch).loss_sum == tr::train_step(model, batch).loss_sum);
    CHECK(copy_of(copy.gradients()) == copy_of(model.gradients()));
    const auto before = copy_of(model.parameters());
    copy.parameters()[0] += 1;
    CHECK(copy_of(model.parameters()) == before);
}

TEST_CASE("a model that was moved from says so in one line, whatever is asked of it") {
    const OwnedBatch batch = random_batch<Net>(2);
    NetModel<tr::Cpu<>> model;
    tr::Adam optimizer{model};
    tr::Predictor predictor{model};
    const auto state = tr::state_dict(model);
    const NetModel<tr::Cpu<>> other = std::move(model);
    CHECK(error_of([&] { tr::train_step(model, batch); }) == moved_from);
    CHECK(error_of([&] { tr::predict(model, batch.images); }) == moved_from);
    CHECK(error_of([&] { predictor(batch.images); }) == moved_from);
    CHECK(error_of([&] { predictor.evaluate(tr::Batch(batch)); }) == moved_from);
    CHECK(error_of([&] { optimizer.step(model, 0.1); }) == moved_from);
    CHECK(error_of([&] { tr::Adam another{model}; }) == moved_from);
    CHECK(error_of([&] { tr::state_dict(model); }) == moved_from);
    CHECK(error_of([&] { tr::load_state_dict(model, state); }) == moved_from);
    CHECK(error_of([&] { model.clone(); }) == moved_from);
    CHECK(error_of([&] { static_cast<void>(model.gradients()); }) == moved_from);
    CHECK(tr::predict(other, batch.images).size() == 8);
    model = NetModel<tr::Cpu<>>{};
    CHECK(error_of([&] { tr::train_step(model, batch); }) == "no error");
}

TEST_CASE("an optimizer goes on with its model when that is moved, and steps no other of the same size") {
    const OwnedBatch batch = random_batch<Net>(2);
    NetModel<tr::Cpu<>> model{tr::KaimingUniform{}, 1};
    tr::Adam optimizer{model};
    NetModel<tr::Cpu<>> moved = std::move(model);
    tr::train_step(moved, batch);
    optimizer.step(moved, 0.01);
    CHECK(optimizer.steps() == 1);

    const std::string refused =
        "the optimizer was made for another model with as many parameters; make an optimizer for each model";
    NetModel<tr::Cpu<>> other{tr::KaimingUniform{}, 1};
    CHECK(error_of([&] { optimizer.step(other, 0.01); }) == refused);
    NetModel<tr::Cpu<>> copy = moved.clone();
    CHECK(error_of([&] { optimizer.step(copy, 0.01); }) == refused);
    CHECK(optimizer.steps() == 1);
    moved = NetModel<tr::Cpu<>>{};
    CHECK(error_of([&] { optimizer.step(moved, 0.01); }) == refused);
}
