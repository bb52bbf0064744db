#include "data.hpp"
#include "options.hpp"
#include "programs/epochs.hpp"
#include "programs/weights_file.hpp"
#include "run_state.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <tinyres/io/safetensors.hpp>
#include <vector>

namespace example {

namespace {

void write_probabilities(const std::filesystem::path& path, std::span<const float> probabilities,
                         const tr::Dataset& dataset) {
    const std::size_t classes = dataset.class_names.size();
    const auto images = static_cast<std::int64_t>(probabilities.size() / classes);
    const std::vector<std::uint8_t> labels(dataset.labels.begin(), dataset.labels.begin() + images);
    const auto width = static_cast<std::int64_t>(classes);
    tr::write_safetensors(path, std::vector{tr::tensor_view("probabilities", {images, width}, probabilities),
                                            tr::tensor_view("labels", {images}, labels)});
}

} // namespace

void evaluate(const EvaluateOptions& options) {
    check_machine(options.machine);
    if (options.batch_size < 1)
        throw tr::Error("--batch-size: " + std::to_string(options.batch_size) + " is impossible; give 1 or more");
    if (options.limit_test < 0)
        throw tr::Error("--limit-test: " + std::to_string(options.limit_test) +
                        " is impossible; give 0 (all images) or more");
    if (!options.probabilities.empty()) require_output("--probabilities", options.probabilities, options.weights);
    const std::unique_ptr<Learner> learner =
        make_trained_learner(tr::Safetensors::read(options.weights), options.norm, options.machine);
    const tr::Dataset dataset = load_data(options.data, tr::Split::test, options.limit_test);
    TestLoader loader = make_test_loader(dataset, options.batch_size, options.limit_test);
    if (dataset.synthetic) std::printf("Data: %s\n", data_name(options.data).c_str());
    const tr::Metrics metrics = learner->evaluate(loader);
    require_finite(options.weights, "the loss that it gives", std::array{static_cast<float>(metrics.loss())});
    std::printf("%s\n", result_line("Test set", metrics).c_str());
    if (!options.probabilities.empty()) write_probabilities(options.probabilities, learner->predict(loader), dataset);
}

} // namespace example
