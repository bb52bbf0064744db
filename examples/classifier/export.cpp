#include "augmentation.hpp"
#include "options.hpp"
#include "programs/weights_file.hpp"
#include "project/project.hpp"
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

tr::EmbeddedNumbers numbers_of(const ExportOptions& options) {
    return options.precision == "bf16" ? tr::EmbeddedNumbers::bfloat16 : tr::EmbeddedNumbers::float32;
}

/// Throws Error when flags do not go together.
void check_flags(const ExportOptions& options) {
    if (options.project.empty() == options.format.empty())
        throw tr::Error(
            "--format: a file or a project is written, one of them; give --format FORMAT and --out FILE, or "
            "--project DIR");
    if (options.project.empty() == options.out.empty())
        throw tr::Error("--out: it names the file for --format, and --project has its own folder; give both --format "
                        "and --out, or --project alone");
    const auto only_for = [](const char* flag, bool given, bool fits, const char* what) {
        if (given && !fits) throw tr::Error(std::string(flag) + ": only " + what + " can have it; leave the flag out");
    };
    const bool project = !options.project.empty(), header = options.format == "header";
    only_for("--fold-batch-norm", options.fold_batch_norm, options.format == "onnx", "--format onnx");
    only_for("--input", options.input != ExportOptions{}.input, options.format == "onnx", "--format onnx");
    only_for("--name", !options.name.empty(), header || project, "--format header and --project");
    only_for("--precision", options.precision != ExportOptions{}.precision, header || project,
             "--format header and --project");
    only_for("--tinyres", !options.tinyres.empty(), project, "--project");
}

/// What the network says of the picture that a project's test classifies.
std::vector<float> sample_probabilities(const Trained& trained) {
    tr::RandomStream nothing_random{{}};
    const tr::Picture picture = plain_fit(trained.notes)(project_sample(), nothing_random);
    const SizedImages images{"sample",
                             pictures_of({.name = "sample",
                                          .height = picture.height,
                                          .width = picture.width,
                                          .images = picture.pixels,
                                          .labels = {0}}),
                             {},
                             trained.notes.height,
                             plain_fit(trained.notes)};
    return trained.learner->predict(*make_batches(images, tr::normalization_of(trained.notes), {.batch_size = 1}));
}

void export_project(const ExportOptions& options) {
    const Trained trained = read_trained(options.weights, {});
    ProjectOptions project{.weights = options.weights,
                           .out = options.project,
                           .network_type = type_of(trained.network, static_cast<int>(trained.notes.class_names.size())),
                           .network_header = "#include <tinyres/networks/networks.hpp>\n",
                           .tinyres = options.tinyres.empty() ? source_folder() : options.tinyres,
                           .numbers = numbers_of(options),
                           .sample_probabilities = sample_probabilities(trained)};
    if (!options.name.empty()) project.name = options.name;
    write_project(project);
    const std::string folder = options.project.string();
    std::printf("Wrote %s: build it by cmake -S %s -B %s && cmake --build %s\n", folder.c_str(),
                shell_word(folder).c_str(), shell_word(folder + "/build").c_str(),
                shell_word(folder + "/build").c_str());
}

void export_file(const ExportOptions& options) {
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
        tr::write_embedded(options.out, state, options.name.empty() ? "weights" : options.name, numbers_of(options));
    }
    std::printf("Wrote %s: %s for %d classes, %d x %d pixels\n", options.out.c_str(), trained.notes.network.c_str(),
                classes, trained.notes.height, trained.notes.width);
}

} // namespace

void export_weights(const ExportOptions& options) {
    check_flags(options);
    if (options.project.empty())
        export_file(options);
    else
        export_project(options);
}

} // namespace example
