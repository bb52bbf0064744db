#include "examples/program.hpp"
#include "tinyres/io/weights.hpp"
#include "tinyres/networks/s10.hpp"

#include <cmath>
#include <map>

using namespace tinyres_test;
namespace fs = std::filesystem;
namespace tr = tinyres;

namespace {

std::map<std::string, std::vector<float>> tensors_in(const fs::path& file) {
    std::map<std::string, std::vector<float>> values;
    for (const tr::NamedTensor& tensor : tr::read_tensors(tr::Safetensors::read(file)))
        values[tensor.name] = tensor.values;
    return values;
}

Outcome evaluate(const fs::path& weights, const Arguments& more = {}) {
    Arguments arguments{"evaluate", "--weights", weights.string(), "--data", "synthetic", "--limit-test", "5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
}

} // namespace

TEST_CASE("a run starts from the weights of another, with their norm, and counts their batches on") {
    const TemporaryDirectory directory;
    const fs::path first = directory / "first/model.safetensors";
    REQUIRE(run(tiny_training(directory / "first", {"--norm", "bn", "--max-lr", "0.01"})).status == 0);
    const Outcome outcome = run(tiny_training(
        directory / "second", {"--init", first.string(), "--epochs", "1", "--max-lr", "1e-30", "--weight-decay", "0"}));
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    CHECK(lines_with(outcome.out, "  starts from ").size() == 1);
    CHECK(content_of(directory / "second/report.html").find(" --init " + first.string()) != std::string::npos);
    CHECK(run({"train", "--out", (directory / "second").string(), "--init", first.string(), "--resume"}).status == 0);
    const auto before = tensors_in(first);
    const auto after = tensors_in(directory / "second/model.safetensors");
    CHECK(before.at("R2.conv1.weight") == after.at("R2.conv1.weight"));
    CHECK(before.at("fc.bias") == after.at("fc.bias"));
    CHECK(before.at("x1.2.num_batches_tracked") == std::vector<float>{6}); // three epochs of two batches
    CHECK(after.at("x1.2.num_batches_tracked") == std::vector<float>{8});
}

TEST_CASE("weights to start from that do not fit, and folding a norm that they do not have, are refused") {
    const TemporaryDirectory directory;
    const fs::path model = directory / "gn/model.safetensors";
    const Outcome trained = run(tiny_training(directory / "gn", {"--norm", "gn", "--epochs", "1"}));
    REQUIRE(trained.status == 0);
    const auto start = [&](const Arguments& more) { return run(tiny_training(directory / "run", more)); };
    check_refused(start({"--init", model.string(), "--norm", "bn"}), {"--norm", "gn", "bn"});
    check_refused(start({"--init", (directory / "none").string()}), {(directory / "none").string()});
    CHECK(!fs::exists(directory / "run"));
    check_refused(run({"train", "--out", (directory / "gn").string(), "--resume", "--init", model.string()}),
                  {"--init", "--resume"});
    check_refused(run({"export", "--weights", model.string(), "--format", "onnx", "--fold-batch-norm", "--out",
                       (directory / "s10.onnx").string()}),
                  {"--fold-batch-norm", "gn"});
    const Outcome outcome = start({"--init", model.string(), "--epochs", "1"});
    CHECK(lines_with(outcome.out, "  network ")[0].find("GroupNorm") != std::string::npos);
}

TEST_CASE("weights under the names by the path alone, as older files have them, are the same weights") {
    const TemporaryDirectory directory;
    const fs::path model = directory / "run/model.safetensors";
    REQUIRE(run(tiny_training(directory / "run")).status == 0);
    std::vector<tr::NamedTensor> tensors = tr::read_tensors(tr::Safetensors::read(model));
    std::erase_if(tensors, [](const tr::NamedTensor& t) { return t.name.ends_with("num_batches_tracked"); });
    for (tr::NamedTensor& named : tensors)
        for (const tr::NetworkTensor& tensor : tr::network_tensors<tr::S10>)
            if (named.name == tensor.name.view()) {
                named.name = std::string(tensor.path_name.view());
                break;
            }
    tr::write_tensors(directory / "old", tensors);
    const Outcome old = evaluate(directory / "old");
    CHECK(old.status == 0);
    CHECK(old.out == evaluate(model).out);
}

TEST_CASE("weights of a wrapped module in PyTorch are the same weights, and a note names the prefix") {
    const TemporaryDirectory directory;
    const fs::path model = directory / "run/model.safetensors";
    REQUIRE(run(tiny_training(directory / "run", {"--epochs", "1"})).status == 0);
    std::vector<tr::NamedTensor> tensors = tr::read_tensors(tr::Safetensors::read(model));
    for (tr::NamedTensor& tensor : tensors) tensor.name = "module._orig_mod." + tensor.name;
    tr::write_tensors(directory / "wrapped", tensors);
    const Outcome wrapped = evaluate(directory / "wrapped");
    CHECK(wrapped.status == 0);
    CHECK(wrapped.out == evaluate(model).out);
    CHECK(wrapped.error == "cifar10: note: the prefix 'module._orig_mod.' of all tensors in " +
                               (directory / "wrapped").string() + " was ignored\n");
    CHECK(evaluate(model).error == "");
}

TEST_CASE("evaluate writes the probabilities of the classes and the labels") {
    const TemporaryDirectory directory;
    const fs::path model = directory / "run/model.safetensors", file = directory / "probabilities";
    REQUIRE(run(tiny_training(directory / "run")).status == 0);
    const Outcome outcome = evaluate(model, {"--probabilities", file.string()});
    CAPTURE(outcome.error);
    REQUIRE(outcome.status == 0);
    const tr::Safetensors written = tr::Safetensors::read(file);
    REQUIRE(written.tensor("probabilities").shape == std::vector<std::int64_t>{5, 10});
    const std::vector<float> probabilities = tr::to_floats(written.tensor("probabilities"));
    const std::span<const std::byte> labels = written.tensor("labels").data;
    REQUIRE(labels.size() == 5);
    int correct = 0;
    for (std::size_t image = 0; image < 5; ++image) {
        const std::span row = std::span(probabilities).subspan(10 * image, 10);
        float sum = 0;
        for (const float probability : row) sum += probability;
        CHECK(std::abs(sum - 1.0f) < 1e-5f);
        correct += std::ranges::max_element(row) - row.begin() == static_cast<std::ptrdiff_t>(labels[image]) ? 1 : 0;
    }
    CHECK(outcome.out.find("Accuracy: " + std::to_string(correct) + "/5") != std::string::npos);
    check_refused(evaluate(model, {"--probabilities", (directory / "none/file").string()}), {"none/file"});
}

TEST_CASE("export writes a run's weights for PyTorch and its network as an ONNX file") {
    const TemporaryDirectory directory;
    const fs::path out = directory / "run", file = directory / "weights.safetensors", network = directory / "s10.onnx";
    REQUIRE(run(tiny_training(out)).status == 0);
    const auto export_to = [&](const fs::path& path, const std::string& format, const Arguments& more = {}) {
        Arguments arguments{"export", "--weights",  (out / "checkpoint.safetensors").string(), "--format", format,
                            "--out",  path.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    };
    const Outcome outcome = export_to(file, "safetensors");
    CAPTURE(outcome.error);
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "Wrote " + file.string() + '\n');
    CHECK((tensors_in(file) == tensors_in(out / "model.safetensors")));

    CHECK(export_to(network, "onnx").status == 0);
    const std::string plain = content_of(network);
    CHECK(export_to(network, "onnx", {"--fold-batch-norm", "--input", "0-255"}).status == 0);
    const std::string folded = content_of(network);
    CHECK(plain.find("BatchNormalization") != std::string::npos);
    CHECK(folded.find("BatchNormalization") == std::string::npos);
    CHECK(plain.find("normalize.factor") == std::string::npos);
    CHECK(folded.find("normalize.factor") != std::string::npos);

    check_refused(export_to(file, "safetensors", {"--fold-batch-norm"}), {"--fold-batch-norm", "onnx"});
    check_refused(export_to(file, "safetensors", {"--input", "0-1"}), {"--input", "onnx"});
    check_refused(export_to(file, "torchscript"), {"--format"});
    check_refused(export_to(file, "onnx", {"--norm", "gn"}), {"--norm", "bn"});
    check_refused(export_to(directory / "none/s10.onnx", "onnx"), {"none/s10.onnx"});
    CHECK(names_in(directory.path()) == std::set<std::string>{"run", "s10.onnx", "weights.safetensors"});
}
