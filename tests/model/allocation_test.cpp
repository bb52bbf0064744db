#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/losses/losses.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/optim/adam.hpp"
#include "tinyres/optim/one_cycle.hpp"
#include "tinyres/optim/sgd.hpp"
#include "tinyres/train/fit.hpp"

#include <atomic>
#include <cstdlib>
#include <doctest/doctest.h>
#include <new>

// This program's own operator new and aligned_alloc (what buffers come from), which count. Inlined, g++ would miss the
// `new` that belongs to a `delete`.

namespace {

std::atomic<int> allocations = 0;
std::atomic<std::size_t> aligned_bytes = 0;

void* aligned(std::size_t alignment, std::size_t size) noexcept {
    ++allocations;
    aligned_bytes += size;
    void* memory = nullptr;
    return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}

} // namespace

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return aligned(alignment, size);
}

[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
    throw std::bad_alloc{};
}

[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    if (void* const memory = aligned(static_cast<std::size_t>(alignment), size)) return memory;
    throw std::bad_alloc{};
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Small = SmallNetwork<tr::Dropout2d<10>>;

/// A loader whose batches are there already.
struct ReadyLoader {
    std::array<OwnedBatch, 3> batches{random_batch<Small>(7, 0), random_batch<Small>(7, 1), random_batch<Small>(4, 2)};

    int batches_per_epoch() const { return static_cast<int>(batches.size()); }
    std::span<const OwnedBatch> epoch(int) const { return batches; }
};

/// How often `action` asks for memory.
template <class Action>
int allocations_in(Action&& action) {
    const int before = allocations;
    action();
    return allocations - before;
}

} // namespace

TEST_CASE("The count of allocations sees what is allocated") {
    static std::vector<int> values; // static, or the compiler would see that nobody needs it
    CHECK(allocations_in([] { values.resize(10); }) == 1);
    CHECK(allocations_in([] { tr::host::Buffer<float> buffer(10); }) == 1);
}

TEST_CASE_TEMPLATE("The first training step allocates what the plan says, later ones nothing", Backend,
                   tr::Reference<double>, tr::Cpu<>) {
    tr::Model<Small, Backend> model;
    tr::Adam adam{model};
    tr::Sgd sgd{model};
    const tr::OneCycle schedule;
    const OwnedBatch batch = random_batch<Small>(7);
    const OwnedBatch smaller = random_batch<Small>(4);
    const std::size_t before = aligned_bytes;
    CHECK(allocations_in([&] { tr::train_step(model, batch); }) == 1);
    CHECK(aligned_bytes - before == model.training_bytes(7, model.backend().threads()));
    CHECK(allocations_in([&] {
              for (int step = 0; step < 3; ++step) {
                  tr::train_step(model, step == 1 ? smaller : batch, {.label_smoothing = 0.1f});
                  adam.step(model, schedule.learning_rate(step));
                  sgd.step(model, schedule.learning_rate(step));
              }
          }) == 0);
}

TEST_CASE_TEMPLATE("Targets, weights and other losses allocate nothing", Backend, tr::Reference<double>, tr::Cpu<>) {
    tr::Model<Small, Backend> model;
    const OwnedBatch batch = random_batch<Small>(7);
    const std::vector<float> targets(7 * 4, 0.25f);
    const std::vector<float> weights{1, 2, 3, 4};
    const auto steps = [&] {
        tr::train_step(model, {batch.images, {}, targets, 7}, tr::CrossEntropy{.class_weights = weights});
        tr::train_step(model, {batch.images, {}, targets, 7}, tr::BinaryCrossEntropy{.positive_weights = weights});
        tr::train_step(model, {batch.images, {}, targets, 7}, tr::MeanSquaredError{});
    };
    steps();
    CHECK(allocations_in(steps) == 0);
}

TEST_CASE_TEMPLATE("The loop over an epoch's steps allocates nothing either", Backend, tr::Reference<double>,
                   tr::Cpu<>) {
    tr::Model<Small, Backend> model;
    tr::Adam adam{model};
    const tr::OneCycle schedule{{.epochs = 2, .peak_epoch = 1, .steps_per_epoch = 3}};
    ReadyLoader loader;
    int told = 0;
    const auto train = [&](int epoch) {
        tr::train_epoch(model, adam, schedule, loader, epoch, {}, [&](const tr::TrainingProgress&) { ++told; });
    };
    train(0);
    CHECK(allocations_in([&] { train(1); }) == 0);
    CHECK(told == 6);
}

TEST_CASE_TEMPLATE("A larger batch is given new memory, once", Backend, tr::Reference<double>, tr::Cpu<>) {
    tr::Model<Small, Backend> model;
    const OwnedBatch batch = random_batch<Small>(3);
    const OwnedBatch larger = random_batch<Small>(9);
    tr::train_step(model, batch);
    const std::size_t before = aligned_bytes;
    CHECK(allocations_in([&] { tr::train_step(model, larger); }) == 1);
    CHECK(aligned_bytes - before == model.training_bytes(9, model.backend().threads()));
    CHECK(allocations_in([&] {
              tr::train_step(model, batch);
              tr::train_step(model, larger);
          }) == 0);
}

TEST_CASE_TEMPLATE("A predictor allocates once", Backend, tr::Reference<double>, tr::Cpu<>) {
    const tr::Model<Small, Backend> model;
    const OwnedBatch batch = random_batch<Small>(7);
    tr::Predictor predictor{model};
    CHECK(allocations_in([&] { predictor(batch.images); }) == 1);
    CHECK(allocations_in([&] {
              predictor(batch.images);
              predictor.evaluate(batch);
          }) == 0);
}

TEST_CASE_TEMPLATE("Prediction needs less memory than training", Backend, tr::Reference<double>, tr::Cpu<>) {
    using Plan = tr::Plan<Small, Backend>;
    CHECK(Plan::prediction_memory.bytes(10, 2) < Plan::training_memory.bytes(10, 2));
}
