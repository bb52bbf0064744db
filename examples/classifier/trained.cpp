#include "trained.hpp"

#include "programs/program.hpp"
#include "programs/weights_file.hpp"

#include <cstdio>
#include <tinyres/io/weights.hpp>

namespace example {

namespace {

std::vector<tr::NamedTensor> finite_tensors(const tr::Safetensors& file) {
    std::vector<tr::NamedTensor> tensors = tr::read_tensors(file);
    for (const tr::NamedTensor& tensor : tensors)
        require_finite(file.path(), "tensor '" + tensor.name + "'", tensor.values);
    return tensors;
}

void say_prefix(const std::string& ignored, const std::filesystem::path& file) {
    if (!ignored.empty())
        print_note("the prefix '" + ignored + "' of all tensors in " + file.string() + " was ignored");
}

/// "fc.weight, fc.bias and 3 more".
std::string list_of(const std::vector<std::string>& names) {
    constexpr std::size_t shown = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
    return text;
}

} // namespace

Trained read_trained(const std::filesystem::path& weights, const Machine& machine) {
    tr::Safetensors file = tr::Safetensors::read(weights);
    const std::optional<tr::ClassifierNotes> notes = tr::read_notes(file);
    if (!notes)
        throw tr::Error("--weights: " + weights.string() +
                        " does not say which classes and pictures its network takes; give best.safetensors or "
                        "model.safetensors of a run of tinyres-classifier");
    if (file.metadata().contains("tinyres.kind"))
        throw tr::Error("--weights: " + weights.string() +
                        " is a checkpoint to resume from; give best.safetensors or model.safetensors beside it");
    const int classes = static_cast<int>(notes->class_names.size());
    const CompiledNetwork& network = find_network(notes->network, notes->height, classes);
    std::unique_ptr<Learner> learner =
        make_learner(network, {.recipe = {.network = notes->network}, .classes = classes}, machine);
    tr::LoadReport report;
    tr::naming_file(weights, [&] { report = learner->load_state_dict(finite_tensors(file), tr::Strict::yes); });
    say_prefix(report.ignored_prefix, weights);
    return {std::move(file), *notes, network, std::move(learner)};
}

void load_init(Learner& learner, const std::filesystem::path& init) {
    const tr::Safetensors file = tr::Safetensors::read(init);
    tr::LoadReport report;
    tr::naming_file(init, [&] { report = learner.load_state_dict(finite_tensors(file), tr::Strict::no); });
    say_prefix(report.ignored_prefix, init);
    std::vector<std::string> anew = report.other_shapes;
    anew.insert(anew.end(), report.missing.begin(), report.missing.end());
    if (!anew.empty())
        std::printf("Of %s all is taken over but %s, which begin anew.\n", init.c_str(), list_of(anew).c_str());
    if (!report.unexpected.empty())
        print_note("the network has no tensors " + list_of(report.unexpected) + ", which are in " + init.string());
}

} // namespace example
