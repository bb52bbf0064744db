#include "options.hpp"
#include "programs/text.hpp"
#include "programs/weights_file.hpp"
#include "trained.hpp"

#include <cstdio>
#include <tinyres/io/atomic_file.hpp>
#include <tinyres/io/embed.hpp>
#include <tinyres/io/weights.hpp>

namespace example {

namespace {

tr::OnnxOptions onnx_options(const ExportOptions& options, const tr::ClassifierNotes& notes) {
    tr::OnnxOptions result{.fold_batch_norm = options.fold_batch_norm};
    tr::add_notes(result.metadata, notes);
    if (options.input != "normalized")
        result.normalization = tr::OnnxNormalization{
            .mean = notes.mean, .std = notes.deviation, .scale = options.input == "0-1" ? 1.0f : 1.0f / 255.0f};
    return result;
}

} // namespace

void export_weights(const ExportOptions& options) {
    const auto only_for = [&](const char* flag, const char* format, bool given) {
        if (given && options.format != format)
            throw tr::Error(std::string(flag) + ": only --format " + format + " can have it; leave the flag out");
    };
    const ExportOptions usual;
    only_for("--fold-batch-norm", "onnx", options.fold_batch_norm);
    only_for("--input", "onnx", options.input != usual.input);
    only_for("--name", "header", options.name != usual.name);
    only_for("--precision", "header", options.precision != usual.precision);
    require_output("--out", options.out, options.weights);
    const Trained trained = read_trained(options.weights, {});
    const std::vector<tr::NamedTensor> state = trained.learner->state_dict();
    const int classes = static_cast<int>(trained.notes.class_names.size());
    if (options.format == "onnx") {
        tr::write_text_file_atomically(options.out,
                                       trained.network.onnx(state, classes, onnx_options(options, trained.notes)));
    } else if (options.format == "safetensors") {
        std::map<std::string, std::string> notes{{"format", "pt"}};
        tr::add_notes(notes, trained.notes);
        tr::write_tensors(options.out, state, notes);
    } else {
        tr::write_embedded(options.out, state, options.name,
                           options.precision == "bf16" ? tr::EmbeddedNumbers::bfloat16 : tr::EmbeddedNumbers::float32);
    }
    std::printf("Wrote %s: %s for %d classes, %d x %d pixels\n", options.out.c_str(), trained.notes.network.c_str(),
                classes, trained.notes.height, trained.notes.width);
}

} // namespace example
