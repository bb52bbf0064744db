#include "files.hpp"
#include "model/networks.hpp"
#include "tinyres/backend/cpu/kernels.hpp"
#include "tinyres/backend/reference/kernels.hpp"
#include "tinyres/io/checkpoint.hpp"
#include "tinyres/model/predict.hpp"
#include "tinyres/optim/adam.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <limits>

namespace tr = tinyres;
using namespace tinyres_test;

namespace {

using Small = SmallNetwork<tr::Dropout2d<10>>;
using Other = tr::Network<tr::Image<3, 8, 6>, tr::Conv3x3<5>, tr::BatchNorm, tr::Flatten, tr::Linear<4>>;

/// A model none of whose values are those of the start.
tr::Model<Small, tr::Cpu<>> trained_model() {
    tr::Model<Small, tr::Cpu<>> model{tr::KaimingUniform{}, 2};
    tr::Adam optimizer{model};
    for (int step = 0; step < 3; ++step) {
        tr::train_step(model, random_batch<Small>(8, static_cast<std::uint64_t>(step)));
        optimizer.step(model, 0.01);
    }
    return model;
}

std::array<std::byte, 8> bytes_of_counter(const tr::TensorView& stored) {
    REQUIRE(stored.data.size() == 8);
    std::array<std::byte, 8> bytes{};
    std::ranges::copy(stored.data, bytes.begin());
    return bytes;
}

/// Checks that the model cannot take `file`, says why, and stays as it was.
template <class Model>
void check_refused(Model& model, const std::filesystem::path& file, std::string_view part) {
    const auto parameters = copy_of(model.parameters());
    const auto statistics = copy_of(model.statistics());
    check_error(error_of([&] { tr::load_weights(file, model); }), file, part);
    CHECK(copy_of(model.parameters()) == parameters);
    CHECK(copy_of(model.statistics()) == statistics);
}

} // namespace

TEST_CASE("Weights come back from a file bit for bit, on either backend") {
    const TemporaryDirectory directory;
    const auto model = trained_model();
    tr::save_weights(directory / "model.safetensors", model);
    tr::Model<Small, tr::Cpu<>> cpu{tr::KaimingUniform{}, 77};
    tr::load_weights(directory / "model.safetensors", cpu);
    CHECK(copy_of(cpu.parameters()) == copy_of(model.parameters()));
    CHECK(copy_of(cpu.statistics()) == copy_of(model.statistics()));
    tr::Model<Small, tr::Reference<float>> reference;
    tr::load_weights(directory / "model.safetensors", reference);
    CHECK(copy_of(reference.parameters()) == copy_of(model.parameters()));
    const OwnedBatch batch = random_batch<Small>(3);
    CHECK(tr::predict(cpu, batch.images) == tr::predict(model, batch.images));
    CHECK(directory.entries() == std::set<std::string>{"model.safetensors"});
}

TEST_CASE("Loading weights changes neither the seed nor the steps of a model") {
    const TemporaryDirectory directory;
    tr::save_weights(directory / "w", trained_model());
    tr::Model<Small, tr::Cpu<>> model{tr::KaimingUniform{}, 77};
    tr::load_weights(directory / "w", model);
    CHECK(model.seed() == 77);
    CHECK(model.steps() == 0);
}

TEST_CASE("A weights file holds PyTorch's names and shapes, 32-bit floats, counters and the caller's metadata") {
    const TemporaryDirectory directory;
    const auto model = trained_model();
    tr::save_weights(directory / "w", model, {{"data", "synthetic"}});
    const tr::Safetensors file = tr::Safetensors::read(directory / "w");
    CHECK(file.has_checksum());
    CHECK(file.metadata() == std::map<std::string, std::string>{{"data", "synthetic"}});
    const std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    REQUIRE(file.tensors().size() == tensors.size());
    for (const tr::NamedTensor& tensor : tensors) {
        const tr::TensorView& stored = file.tensor(tensor.name);
        CHECK(stored.shape == tensor.shape);
        if (tensor.name == "1.num_batches_tracked") { // as PyTorch stores it: a scalar, 3 steps
            CHECK(stored.dtype == tr::DType::I64);
            CHECK(std::bit_cast<std::int64_t>(bytes_of_counter(stored)) == 3);
            continue;
        }
        CHECK(stored.dtype == tr::DType::F32);
        CHECK(tr::to_floats(stored) == tensor.values);
    }
}

TEST_CASE("Weights may come from a checkpoint") {
    const TemporaryDirectory directory;
    auto model = trained_model();
    tr::Adam optimizer{model};
    tr::save_checkpoint(directory / "c", model, optimizer);
    tr::Model<Small, tr::Cpu<>> other{tr::KaimingUniform{}, 77};
    tr::load_weights(directory / "c", other);
    CHECK(copy_of(other.parameters()) == copy_of(model.parameters()));
    CHECK(copy_of(other.statistics()) == copy_of(model.statistics()));
    CHECK(other.seed() == 77);
}

TEST_CASE("Weights may come from PyTorch, with its counters of batches and in half precision") {
    const TemporaryDirectory directory;
    const auto model = trained_model();
    std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    tensors.pop_back(); // the counter, of which another follows
    const std::array<std::int64_t, 1> counter{123};
    std::vector<tr::TensorView> views{tr::tensor_view("1.num_batches_tracked", {}, counter)};
    std::vector<std::vector<std::uint16_t>> halves; // the upper halves of floats are bfloat16
    for (const tr::NamedTensor& tensor : tensors) {
        std::vector<std::uint16_t>& half = halves.emplace_back();
        for (const float value : tensor.values)
            half.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
    }
    for (std::size_t i = 0; i < tensors.size(); ++i)
        views.push_back({tensors[i].name, tr::DType::BF16, tensors[i].shape, std::as_bytes(std::span(halves[i]))});
    tr::write_safetensors(directory / "w", views);
    tr::Model<Small, tr::Cpu<>> other{tr::KaimingUniform{}, 77};
    tr::load_weights(directory / "w", other);
    CHECK(relative_difference(other.parameters(), model.parameters()) < 1.0 / 128);
    CHECK(relative_difference(other.statistics(), model.statistics()) < 1.0 / 128);
    CHECK(copy_of(other.parameters()) != copy_of(model.parameters()));
    CHECK(other.batches_tracked() == 123);
}

TEST_CASE("Weights of another network are refused by the file's and the tensor's name") {
    const TemporaryDirectory directory;
    tr::save_weights(directory / "other", tr::Model<Other, tr::Cpu<>>{});
    auto model = trained_model();
    check_refused(model, directory / "other", "this network has no tensor '3.weight'");
    tr::save_weights(directory / "small", model);
    tr::Model<Other, tr::Cpu<>> other;
    check_refused(other, directory / "small", "this network has no tensor");

    std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    tensors.erase(tensors.begin() + 3);
    tr::write_tensors(directory / "incomplete", tensors);
    check_refused(model, directory / "incomplete", "tensor '1.bias' is missing");

    tensors = tr::state_dict(model);
    std::ranges::find(tensors, "1.running_var", &tr::NamedTensor::name)->shape = {1, 5};
    tr::write_tensors(directory / "shape", tensors);
    check_refused(model, directory / "shape", "tensor '1.running_var' has the shape [1, 5], but this network's is [5]");

    const std::array<std::int64_t, 5> integers{};
    std::vector<tr::TensorView> views{tr::tensor_view("1.bias", {5}, integers)};
    tr::write_safetensors(directory / "integers", views);
    check_refused(model, directory / "integers", "has the type I64");
}

TEST_CASE("Weights that a wrapped module in PyTorch has saved are loaded, and the report names the prefix") {
    const TemporaryDirectory directory;
    const auto model = trained_model();
    std::vector<tr::NamedTensor> tensors = tr::state_dict(model);
    for (tr::NamedTensor& tensor : tensors) tensor.name = "_orig_mod.module." + tensor.name;
    tr::write_tensors(directory / "wrapped", tensors);
    tr::Model<Small, tr::Cpu<>> other{tr::KaimingUniform{}, 77};
    CHECK(tr::load_weights(directory / "wrapped", other).ignored_prefix == "_orig_mod.module.");
    CHECK(copy_of(other.parameters()) == copy_of(model.parameters()));
    CHECK(other.batches_tracked() == model.batches_tracked());
    tr::save_weights(directory / "plain", model);
    CHECK(tr::load_weights(directory / "plain", other).ignored_prefix.empty());
}

TEST_CASE("A missing, empty, cut or damaged file is refused by name") {
    const TemporaryDirectory directory;
    auto model = trained_model();
    tr::save_weights(directory / "good", model);
    const std::string good = content_of(directory / "good");

    check_refused(model, directory / "missing", "");
    put(directory / "empty", "");
    check_refused(model, directory / "empty", "the file is empty");
    for (const std::size_t size : {std::size_t{5}, std::size_t{100}, good.size() - 1}) {
        CAPTURE(size);
        put(directory / "cut", good.substr(0, size));
        check_refused(model, directory / "cut", "");
    }
    put(directory / "longer", good + '\0');
    check_refused(model, directory / "longer", "");
    for (const std::size_t place : {good.size() - 1, good.size() - 200}) {
        std::string flipped = good;
        flipped[place] = static_cast<char>(flipped[place] ^ 0x10);
        put(directory / "flipped", flipped);
        check_refused(model, directory / "flipped", "checksum does not match");
    }
}

TEST_CASE("Weights of a network that begins alike are loaded where they fit, and the rest is reported") {
    const TemporaryDirectory directory;
    const tr::Model<Other, tr::Cpu<>> beginning{tr::KaimingUniform{}, 5};
    tr::save_weights(directory / "w", beginning);
    tr::Model<Small, tr::Cpu<>> model{tr::KaimingUniform{}, 77};
    check_refused(model, directory / "w", "this network has no tensor '3.weight'");
    const tr::LoadReport report = tr::load_weights(directory / "w", model, tr::Strict::no);
    CHECK(report.missing.front() == "4.0.weight");
    CHECK(report.unexpected == std::vector<std::string>{"3.weight", "3.bias"});
    CHECK(report.other_shapes.empty());
    const std::span<const float> loaded = beginning.parameters().first(3 * 5 * 9 + 5 + 10);
    CHECK(copy_of(model.parameters().first(loaded.size())) == copy_of(loaded));
}
